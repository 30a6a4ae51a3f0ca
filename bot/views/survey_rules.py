"""The form in which a survey is switched on: its rules, and what they would have done in the last 90 days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.surveys.back_test import BackTest
from bot.surveys.cases import CaseRules
from bot.surveys.rules import Rules
from bot.views.blocks import VIEW_WORD, Block, actions, button, escape, plain, section
from bot.views.say import instant_text

SET = "survey-set"
TRY = "survey-try"
FIELD = "field"
DELAYS = {0: "at once", 3600: "after 1 hour", 14_400: "after 4 hours", 86_400: "after a day", 172_800: "after 2 days"}
REMINDERS = {0: "no reminder", 2: "after 2 days", 3: "after 3 days", 5: "after 5 days"}
HOURS = {"9-18": "Monday to Friday, 9 to 18, on the person's clock", "8-20": "Monday to Friday, 8 to 20", "any": "at any time"}
ALSO = {"by_mail": "Ask people outside Slack by mail", "anonymous": "Keep answers apart from people and tickets"}


def rules_modal(
    rules: Rules, cases: CaseRules, tried: BackTest, *, zone: str, values: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The form, filled with the rules as they are or with `values` as they were just typed, by block."""
    told = values if values is not None else values_of(rules, cases)
    survey = rules.survey
    return {
        "type": "modal",
        "callback_id": SET,
        "private_metadata": survey.slug.value,
        "title": plain(f"{survey.name} survey", VIEW_WORD),
        "submit": plain("Switch on" if not rules.on else "Save", VIEW_WORD),
        "close": plain("Cancel", VIEW_WORD),
        "blocks": [
            section(tried_text(tried, survey.after_solve, zone), "tried"),
            actions([button("Try these rules", TRY, survey.slug.value)], "try"),
            _choice("scale", "Scale", {scale.slug: scale.says for scale in survey.scales}, told),
            _choice("delay_s", "Ask", {str(key): says for key, says in DELAYS.items()}, told),
            _typed("sample", "Share of those to ask, in percent", told, "100"),
            _typed("filters", "Only, and never", told, "team:billing channel:email -tag:vip -customer:acme", optional=True),
            _typed("rest_days", "Days of rest between two questions to one person", told, str(survey.rest_days)),
            _choice("hours", "When", HOURS, told),
            _choice("remind_days", "Remind once", {str(key): says for key, says in REMINDERS.items()}, told),
            _ticked("also", "Also", told),
            _place("channel", "Tell bad answers in", told),
        ],
    }


def tried_text(tried: BackTest, after_solve: bool, zone: str) -> str:  # noqa: FBT001 - a property of the survey
    """The back-test in a sentence: whom these rules would have asked, and whom not."""
    what = "solved tickets" if after_solve else "customers helped"
    parts = (
        (tried.throttled, "throttled"),
        (tried.skipped, "left out by rules"),
        (tried.sampled_out, "not in the sample"),
        (tried.unmatched, "without an address"),
        (tried.opted_out, "opted out"),
    )
    rest = ", ".join(f"{count:,} {word}" for count, word in parts if count)
    times = "once" if tried.asked == 1 else f"{tried.asked:,} times"
    people = "1 person" if tried.asked == 1 else f"{tried.asked:,} people"
    asked = f"this would have asked *{times if after_solve else people}*"
    since = escape(instant_text(tried.since, zone).rpartition(",")[0])
    return (
        f"Since {since}, of {tried.eligible:,} {what}, {asked}{f'; {rest}' if rest else ''}. "
        "Who is not in Slack is known only when it counts."
    )


def values_of(rules: Rules, cases: CaseRules) -> dict[str, str]:
    """The rules as the form's fields hold them."""
    filters = " ".join([*map(str, rules.only), *(f"-{one}" for one in rules.never)])
    hours = "any" if rules.hours is None else f"{rules.hours[0]}-{rules.hours[1]}"
    remind = 0 if rules.remind_after is None else rules.remind_after.days
    also = [name for name, is_on in (("by_mail", rules.by_mail), ("anonymous", rules.anonymous)) if is_on]
    return {
        "scale": rules.scale.slug,
        "delay_s": str(int(rules.delay.total_seconds())),
        "sample": str(rules.sample),
        "filters": filters,
        "rest_days": str(rules.rest.days),
        "hours": hours,
        "remind_days": str(remind),
        "also": ",".join(also),
        "channel": cases.channel_id if cases.channel_id.startswith(("C", "G")) else "",
    }


def read_values(state: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the form, by block; what is missing or misshapen is empty."""
    return {str(block): _value(fields.get(FIELD)) for block, fields in state.items() if isinstance(fields, Mapping)}


def _value(given: Any) -> str:
    if not isinstance(given, Mapping):
        return ""
    options = given.get("selected_options")
    if isinstance(options, Sequence):
        return ",".join(str(one.get("value")) for one in options if isinstance(one, Mapping))
    option = given.get("selected_option")
    if isinstance(option, Mapping):
        return str(option.get("value") or "")
    return str(given.get("value") or given.get("selected_conversation") or "")


def _input(block_id: str, label: str, element: Block, *, optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 150),
        "element": {**element, "action_id": FIELD},
        "optional": optional,
    }


def _option(value: str, says: str) -> Block:
    return {"text": plain(says, 75), "value": value}


def _choice(block_id: str, label: str, options: Mapping[str, str], told: Mapping[str, str]) -> Block:
    known = dict(options)
    chosen = told.get(block_id, "")
    if chosen and chosen not in known:
        known[chosen] = f"{chosen} (as it is)"
    element: Block = {"type": "static_select", "options": [_option(value, says) for value, says in known.items()]}
    if chosen:
        element["initial_option"] = _option(chosen, known[chosen])
    return _input(block_id, label, element)


def _typed(block_id: str, label: str, told: Mapping[str, str], example: str, *, optional: bool = False) -> Block:
    element: Block = {"type": "plain_text_input", "placeholder": plain(example, 150), "max_length": 500}
    if told.get(block_id):
        element["initial_value"] = told[block_id][:500]
    return _input(block_id, label, element, optional=optional)


def _ticked(block_id: str, label: str, told: Mapping[str, str]) -> Block:
    options = {value: _option(value, says) for value, says in ALSO.items()}
    ticked = [options[value] for value in told.get(block_id, "").split(",") if value in options]
    element: Block = {"type": "checkboxes", "options": list(options.values())}
    if ticked:
        element["initial_options"] = ticked
    return _input(block_id, label, element, optional=True)


def _place(block_id: str, label: str, told: Mapping[str, str]) -> Block:
    allowed = {"include": ["public", "private"], "exclude_external_shared_channels": True, "exclude_bot_users": True}
    element: Block = {"type": "conversations_select", "filter": allowed}
    if told.get(block_id):
        element["initial_conversation"] = told[block_id]
    return _input(block_id, label, element, optional=True)
