"""The stand-in is held to Zendesk's own description of its API, which lies beside the repository; without it these skip."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.desks.contracts import judged, parameters
from tests.desks.zendesk_standin import ANA, BILLING, CARLA, EMAIL, START, TECH, TOKEN, ZendeskStandIn

CONTRACT = "zendesk-oas.yaml"
PATHS = {
    "/incremental/tickets/cursor": f"start_time={START}&per_page=1000",
    "/incremental/tickets": f"start_time={START}&per_page=1000",
    "/incremental/ticket_events": f"start_time={START}",
    "/incremental/users/cursor": "start_time=0",
    "/users": "role[]=agent",
    "/groups": "",
    "/custom_statuses": "",
    "/ticket_fields": "",
    "/slas/policies": "",
    "/group_slas/policies": "",
    "/satisfaction_ratings": "",
    "/tickets/show_many": "ids=1,2",
    "/tickets/{ticket_id}/audits": "",
    "/tickets/{ticket_id}/comments": "",
    "/tickets/count": "",
}
NULL = re.compile(r"tickets/\d+/priority: None is not")
"""The description forgets that a ticket may have no priority; the API tells it as null."""


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    """What each path answers of a small account with everything in it."""
    with ZendeskStandIn(page=50) as desk:
        for number in (1, 2, 3):
            desk.create(number)
            desk.do(number, after=3, assignee_id=ANA, status="open", group_id=TECH)
            desk.do(number, after=4, say=True, status="solved")
        desk.do(1, by=CARLA, say=True, status="open", after=10)
        desk.merge(2, 3, after=5)
        desk.rate(3, "good", after=1)
        desk.policies, desk.group_policies = [POLICY], [GROUP_POLICY]
        desk.now += 300
        yield {path: _asked(desk, path.replace("{ticket_id}", "1"), query) for path, query in PATHS.items()}


POLICY = {
    "id": 5, "url": "https://example.zendesk.com/api/v2/slas/policies/5.json", "title": "Fast", "description": "", "position": 1,
    "filter": {"all": [{"field": "group_id", "operator": "is", "value": str(BILLING)}], "any": []},
    "policy_metrics": [
        {"priority": "high", "metric": "first_reply_time", "target": 60, "business_hours": False, "target_in_seconds": 3600}
    ],
}  # fmt: skip


GROUP_POLICY = {
    "id": "01H078CBDY28BZG7P6BONY09DN", "title": "Tier 1", "description": "", "position": 1,
    "filter": {"all": [{"field": "group_id", "operator": "includes", "value": [BILLING]}]},
    "policy_metrics": [{"priority": "low", "metric": "group_ownership_time", "target": 3600, "business_hours": False}],
}  # fmt: skip


def _asked(desk: ZendeskStandIn, path: str, query: str) -> Any:
    key = b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
    request = Request(f"{desk.url}/api/v2{path}?{query}", headers={"Authorization": f"Basic {key}"})
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize("path", PATHS)
def test_it_answers_as_zendesk_would(told: dict[str, Any], path: str) -> None:
    found = judged(CONTRACT, "get", f"/api/v2{path}", told[path])
    assert [reason for reason in found if not NULL.match(reason)] == []


def test_the_judge_finds_what_is_wrong(told: dict[str, Any]) -> None:
    page = told["/incremental/tickets/cursor"]
    wrong = {**page, "tickets": [{**page["tickets"][0], "id": "one", "created_at": "yesterday"}]}
    assert len(judged(CONTRACT, "get", "/api/v2/incremental/tickets/cursor", wrong)) >= 2


@pytest.mark.parametrize("path", ["/incremental/tickets/cursor", "/incremental/users/cursor"])
def test_what_we_ask_the_exports_for_may_be_asked(path: str) -> None:
    assert {"start_time", "cursor"} <= parameters(CONTRACT, "get", f"/api/v2{path}").keys()
