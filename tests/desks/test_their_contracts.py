"""The stand-ins for Jira, Chatwoot and Front look like what their vendors describe."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.desks.accounts import ACCOUNTS
from tests.desks.contracts import judged

CHATWOOT = "/api/v1/accounts/{account_id}"
ASKED: tuple[tuple[str, str, str, str, Any], ...] = (
    ("jira", "post", "/rest/api/3/search/jql", "/rest/api/3/search/jql", {"jql": "x", "fields": ["summary", "comment"]}),
    ("jira", "post", "/rest/api/3/changelog/bulkfetch", "/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["10001"]}),
    ("jira", "get", "/rest/api/3/status", "/rest/api/3/status", None),
    ("jira", "get", "/rest/api/3/issue/{issueIdOrKey}/comment", "/rest/api/3/issue/10001/comment?startAt=0", None),
    ("chatwoot", "get", f"{CHATWOOT}/agents", "/api/v1/accounts/3/agents", None),
    ("chatwoot", "get", f"{CHATWOOT}/teams", "/api/v1/accounts/3/teams", None),
    (
        "chatwoot",
        "get",
        f"{CHATWOOT}/conversations/{{conversation_id}}/reporting_events",
        "/api/v1/accounts/3/conversations/1/reporting_events",
        None,
    ),
    ("front", "get", "/teammates", "/teammates", None),
    # Of an assignment the contract allows one schema only, and has several that fit.
    ("front", "get", "/events", "/events?limit=10&sort_order=asc", None),
    ("front", "get", "/conversations", "/conversations", None),
)
FILES = {"jira": "jira.json", "chatwoot": "chatwoot.yml", "front": "front.json"}


@pytest.mark.parametrize(("desk", "method", "path", "asked", "document"), ASKED, ids=[each[3] for each in ASKED])
def test_an_answer_is_one_the_vendor_could_give(desk: str, method: str, path: str, asked: str, document: Any) -> None:
    with ACCOUNTS[desk]() as account:
        assert account.server is not None
        body = httpx2.request(method.upper(), account.server.url + asked, json=document, trust_env=False).json()
    assert judged(FILES[desk], method, path, body) == []
