"""A Freshdesk over real sockets that remembers: a list by change that refuses page 301, and forgets what is deleted or spam."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

Doc = dict[str, Any]
START = int(datetime(2026, 3, 2, 8, 0, tzinfo=UTC).timestamp())
KEY = "canary-fresh-4714"
ANA, BO, CARLA, DEV = 11, 12, 21, 22
BILLING, TECH = 101, 102
OPEN, PENDING, RESOLVED, CLOSED, WAITING = 2, 3, 4, 5, 6
MOST_PAGES = 300
HOURS = {
    day: {"start_time": "9:00 am", "end_time": "5:00 pm"} for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_ticket(number: int, now: int = START, *, by: int = CARLA, **fields: Any) -> Doc:
    """A ticket as its requester left it."""
    stats = dict.fromkeys(
        ("agent_responded_at", "requester_responded_at", "first_responded_at", "status_updated_at", "reopened_at", "resolved_at",
         "closed_at", "pending_since")
    )  # fmt: skip
    return {
        "id": number, "subject": f"Ticket {number}", "created_at": iso(now), "updated_at": iso(now), "status": OPEN,
        "priority": 2,
        "source": 1, "type": "Question", "tags": ["vip"], "group_id": BILLING, "responder_id": None, "requester_id": by,
        "spam": False, "due_by": iso(now + 86400), "fr_due_by": iso(now + 3600), "is_escalated": False, "fr_escalated": False,
        "stats": {**stats, "status_updated_at": iso(now)}, "description_text": "canary-words", **fields,
    }  # fmt: skip


class FreshdeskStandIn(StandIn):
    """One account. `most` is what a page holds at most, whatever is asked for."""

    def __init__(self, *, most: int = 10) -> None:
        super().__init__()
        self.most, self.now = most, START
        self.ids = iter(range(5001, 9_000_000))
        self.tickets: dict[int, Doc] = {}
        self.gone: dict[str, set[int]] = {"deleted": set(), "spam": set()}
        self.said: dict[int, list[Doc]] = {}
        self.times: list[Doc] = []
        self.ratings: list[Doc] = []
        self.surveys = [{"id": 1, "questions": [{"id": "default_question", "accepted_ratings": [103, 100, -103]}]}]
        self.names = {CARLA: "Carla", DEV: "Dev"}
        self.agents = [{"id": user, "contact": {"name": name, "email": f"{name.lower()}@example.com", "active": True}}
                       for user, name in ((ANA, "Ana"), (BO, "Bo"))]  # fmt: skip
        self.groups = [
            {"id": BILLING, "name": "Billing", "agent_ids": [ANA, BO], "business_hour_id": 1},
            {"id": TECH, "name": "Tech", "agent_ids": [], "business_hour_id": None},
        ]
        self.hours = [{"id": 1, "name": "Office", "is_default": True, "time_zone": "Berlin", "business_hours": HOURS,
                       "list_of_holidays": [{"holiday_name": "New Year", "holiday_date": "--01-01"}]}]  # fmt: skip
        self.policies: list[Doc] = []
        self.choices = {"2": ["Open", "Being processed"], "3": ["Pending", "Awaiting your reply"], "4": ["Resolved", "Resolved"],
                        "5": ["Closed", "Closed"], "6": ["Waiting on Customer", "Awaiting your reply"],
                        "7": ["Waiting on Third Party", "Being processed"], "8": ["In review", "Being processed"]}  # fmt: skip

    def at(self, minutes: float) -> None:
        self.now = START + int(minutes * 60)

    def create(self, number: int, *, by: int = CARLA, **fields: Any) -> Doc:
        self.tickets[number] = new_ticket(number, self.now, by=by, **fields)
        return self.tickets[number]

    def do(self, number: int, *, after: float = 0, **changes: Any) -> None:
        """An update; what follows from it for the stats, Freshdesk writes itself."""
        self.now += int(after * 60)
        row, at = self.tickets[number], iso(self.now)
        new = changes.get("status", row["status"])
        if new != row["status"]:
            stats = row["stats"]
            if new in (OPEN, PENDING, WAITING) and row["status"] in (RESOLVED, CLOSED):
                stats |= {"reopened_at": at, "resolved_at": None, "closed_at": None}
            stats |= {"status_updated_at": at, "pending_since": at if new == PENDING else None}
            stats |= {"resolved_at": stats["resolved_at"] or at} if new in (RESOLVED, CLOSED) else {}
            stats |= {"closed_at": at} if new == CLOSED else {}
        row |= {**changes, "updated_at": at}

    def say(self, number: int, by: int, *, after: float = 0, private: bool = False, source: int = 0, **changes: Any) -> None:
        """A conversation, with what changes along with it."""
        self.now += int(after * 60)
        told = {"id": next(self.ids), "user_id": by, "incoming": by not in (ANA, BO), "private": private, "source": source}
        told |= {"ticket_id": number, "body_text": "canary-words", "created_at": iso(self.now), "updated_at": iso(self.now)}
        self.said.setdefault(number, []).append(told)
        stats = self.tickets[number]["stats"]
        if by in (ANA, BO) and not private and not stats["first_responded_at"]:
            stats["first_responded_at"] = iso(self.now)
        self.do(number, **changes)

    def work(self, number: int, by: int, spent: str, **fields: Any) -> None:
        told = {"id": next(self.ids), "ticket_id": number, "agent_id": by, "time_spent": spent, "timer_running": False}
        self.times.append({**told, "executed_at": iso(self.now), "created_at": iso(self.now), "note": "canary-words", **fields})

    def rate(self, number: int, value: int, **fields: Any) -> None:
        row = self.tickets[number]
        told = {"id": next(self.ids), "survey_id": 1, "user_id": row["requester_id"], "agent_id": row["responder_id"]}
        told |= {"ticket_id": number, "created_at": iso(self.now), "updated_at": iso(self.now), "feedback": "thanks"}
        self.ratings.append({**told, "ratings": {"default_question": value}, **fields})

    def routes(self) -> Sequence[web.RouteDef]:
        told = {
            "/tickets/{id}/conversations": lambda r: self._page(r, self.said.get(int(r.match_info["id"]), [])),
            "/tickets/{id}": lambda r: self._shown(self.tickets[int(r.match_info["id"])], ["stats", "requester"]),
            "/tickets": self._list, "/agents": lambda r: self._page(r, self.agents),
            "/groups": lambda r: self._page(r, self.groups),
            "/ticket_fields": lambda _: [{"id": 1, "type": "default_status", "choices": self.choices}],
            "/business_hours": lambda r: self._page(r, self.hours), "/sla_policies": lambda r: self._page(r, self.policies),
            "/time_entries": lambda r: self._page(r, self.times), "/surveys": lambda _: self.surveys,
            "/surveys/satisfaction_ratings": lambda r: self._page(r, self.ratings),
        }  # fmt: skip
        return [web.get(f"/api/v2{path}", self._known(handler)) for path, handler in told.items()]

    def _known(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Basic {b64encode(f'{KEY}:X'.encode()).decode()}":
                return web.json_response({"code": "invalid_credentials", "message": "Sorry"}, status=401)
            if int(request.query.get("page", 1)) > MOST_PAGES:
                return web.json_response({"description": "Validation failed"}, status=400)
            return json_answer(handler(request))

        return answer

    def _page(self, request: web.Request, rows: list[Doc]) -> list[Doc]:
        size = min(int(request.query.get("per_page", 30)), self.most)
        first = (int(request.query.get("page", 1)) - 1) * size
        return rows[first : first + size]

    def _list(self, request: web.Request) -> list[Doc]:
        word = request.query.get("filter")
        rows = [row for number, row in self.tickets.items() if self._is_in(word, number)]
        since = request.query.get("updated_since", iso(self.now - 30 * 86400))
        rows = sorted((row for row in rows if row["updated_at"] >= since), key=lambda row: (row["updated_at"], row["id"]))
        asked = request.query.get("include", "").split(",")
        return [self._shown(row, asked) for row in self._page(request, rows)]

    def _is_in(self, word: str | None, number: int) -> bool:
        if word in self.gone:
            return number in self.gone[word]
        return not any(number in gone for gone in self.gone.values())

    def _shown(self, row: Doc, asked: list[str]) -> Doc:
        name = self.names[row["requester_id"]]
        told = {key: value for key, value in row.items() if key != "stats" or "stats" in asked}
        who = {"id": row["requester_id"], "name": name, "email": f"{name.lower()}@example.com"}
        return told | ({"requester": who} if "requester" in asked else {})
