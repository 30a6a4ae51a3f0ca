"""Alembic's entry: runs the revisions on the connection it is given, inside the transaction that is open on it."""

from alembic import context

from bot.store.migrations.settings import settings_for

connection = context.config.attributes["connection"]
context.configure(connection=connection, **settings_for(connection))
context.run_migrations()
