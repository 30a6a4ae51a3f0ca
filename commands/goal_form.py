"""The form of a new goal on the Home tab: the same words, kept by the same rules as what is typed."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import CxError
from bot.views.form import entered, form, typed
from bot.views.home import NEW_GOAL
from commands.command import Action, Ask, Click, Reply
from commands.goal import EXAMPLE, keep_goal
from commands.hints import refused
from commands.rights import admit_admin

KEPT, FIELD = "home_goal_kept", "goal"


def open_goal(click: Click) -> Reply:
    """The form for a goal."""
    try:
        admit_admin(click.asker)
    except CxError as error:
        return refused(error)
    hint = "A number, where it should be, and how long: frt -20% by March, csat >= 85% a quarter, backlog < 100 team:billing"
    return Reply(modal=form(KEPT, "New goal", [typed(FIELD, "Goal", example=EXAMPLE.removeprefix("goal "), hint=hint)]))


def kept(click: Click) -> Reply:
    """Keep the goal of the form, or say beside its field why not."""
    said = entered(click.state).get(FIELD, "")
    asked = Ask(text=said, now=click.now, session=click.session, workspace=click.workspace, asker=click.asker)
    try:
        return replace(keep_goal(asked), shows_home=True)
    except CxError as error:
        return Reply(errors={FIELD: error.sentence().replace("*", "")})


ACTIONS: tuple[Action, ...] = (
    Action(action=NEW_GOAL, says="Opens the form of a goal.", run=open_goal),
    Action(action=KEPT, says="Keeps the goal of the form.", run=kept, writes=True),
)
