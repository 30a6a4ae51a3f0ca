"""Writes the next revision of the store's tables from what is declared and what the last revision made.

    python tools/revise.py "Tickets remember their language"
    python tools/revise.py --first        # before the first release only: writes revision 0001 anew

Read what it wrote: Alembic sees neither CHECK constraints nor renamed columns. Then set HEAD in bot/store/schema.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config

from bot.store.engine import Store, open_store
from bot.store.schema import HEAD, MIGRATIONS, ensure_schema

VERSIONS = MIGRATIONS / "versions"


def main(words: list[str]) -> None:
    first = words == ["--first"]
    if not first and len(words) != 1:
        sys.exit(__doc__)
    if first:
        (VERSIONS / "0001_the_first_tables.py").unlink(missing_ok=True)
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/cx.db")
        if not first:
            ensure_schema(store)
        number = "0001" if first else f"{int(HEAD) + 1:04}"
        written = write(store, number, "The first tables" if first else words[0])
        store.close()
    subprocess.run(["ruff", "format", "--quiet", "--config", "extend-exclude=[]", str(written)], check=True)
    sys.stdout.write(f"{written}\n")


def write(store: Store, number: str, message: str) -> Path:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    slug = "_".join(message.lower().split())
    with store.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=message, autogenerate=True, rev_id=number)
    [written] = VERSIONS.glob(f"{number}_*.py")
    lines = written.read_text().splitlines(keepends=True)
    written.write_text("".join(line for line in lines if not line.lstrip().startswith("# ###")))
    return written.replace(VERSIONS / f"{number}_{slug}.py")


if __name__ == "__main__":
    main(sys.argv[1:])
