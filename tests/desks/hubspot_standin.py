"""A HubSpot over real sockets that remembers: objects with properties and their history, searched and associated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.desks.standin import StandIn, json_answer

Doc = dict[str, Any]
START = int(datetime(2026, 3, 2, 8, 0, tzinfo=UTC).timestamp())
TOKEN = "canary-hub-4716"
ANA, BO, ANA_USER, BO_USER, CARLA, DEV = "11", "12", "911", "912", "21", "22"
NEW, OURS, THEIRS, CLOSED = "1", "3", "2", "4"
STAGES = (
    (NEW, "New", "OPEN"),
    (THEIRS, "Waiting on contact", "OPEN"),
    (OURS, "Waiting on us", "OPEN"),
    (CLOSED, "Closed", "CLOSED"),
)
USERS = {ANA: ANA_USER, BO: BO_USER}
BASE = "/crm/objects/2026-09"


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class HubspotStandIn(StandIn):
    """One account. `set()` is what changes a ticket; each property keeps what it was and when."""

    def __init__(self, *, most: int = 10) -> None:
        super().__init__()
        self.most, self.now = most, START
        self.ids = iter(range(5001, 9_000_000))
        self.objects: dict[str, dict[str, Doc]] = {"tickets": {}, "emails": {}, "feedback_submissions": {}, "contacts": {}}
        for name, first in ((CARLA, "Carla"), (DEV, "Dev")):
            self._put("contacts", name, {"firstname": first, "lastname": "Test", "email": f"{first.lower()}@example.com"})

    def at(self, minutes: float) -> None:
        self.now = START + int(minutes * 60)

    def _put(self, kind: str, name: str, properties: Doc, **associated: str) -> Doc:
        linked = {other: {"results": [{"id": each, "type": f"to_{other}"}]} for other, each in associated.items()}
        row = {"id": name, "properties": properties, "createdAt": iso(self.now), "updatedAt": iso(self.now), "archived": False}
        self.objects[kind][name] = {**row, "associations": linked, "history": {}}
        return self.objects[kind][name]

    def create(self, number: int, *, by: str = CARLA, **properties: Any) -> Doc:
        first = {"subject": f"Ticket {number}", "content": "canary-words", "hs_pipeline_stage": NEW, "source_type": "EMAIL"}
        row = self._put("tickets", str(number), {}, contacts=by)
        self.set(number, None, **{**first, "hs_ticket_priority": "MEDIUM", "hs_ticket_category": "BILLING", **properties})
        return row

    def set(self, number: int, user: str | None = ANA_USER, *, after: float = 0, **properties: Any) -> None:
        """Somebody changes properties of a ticket."""
        self.now += int(after * 60)
        row = self.objects["tickets"][str(number)]
        for name, value in properties.items():
            told = {"value": value, "timestamp": iso(self.now), "sourceType": "CRM_UI" if user else "AUTOMATION_PLATFORM"}
            row["history"].setdefault(name, []).insert(0, {**told, **({"updatedByUserId": int(user)} if user else {})})
        row["properties"] |= properties
        row["updatedAt"] = iso(self.now)

    def mail(self, number: int, owner: str | None, *, after: float = 0) -> None:
        """An e-mail, sent by an owner or received."""
        self.now += int(after * 60)
        direction = "EMAIL" if owner else "INCOMING_EMAIL"
        told = {
            "hs_email_direction": direction,
            "hs_timestamp": iso(self.now),
            "hubspot_owner_id": owner,
            "hs_email_text": "canary-words",
        }
        self._put("emails", str(next(self.ids)), told, tickets=str(number))
        self.objects["tickets"][str(number)]["updatedAt"] = iso(self.now)

    def answer(self, survey: str, value: int, *, number: int | None = None, by: str = CARLA) -> str:
        """A feedback submission."""
        name = str(next(self.ids))
        told = {
            "hs_survey_type": survey,
            "hs_value": str(value),
            "hs_submission_timestamp": iso(self.now),
            "hs_content": "thanks",
        }
        linked = {"contacts": by} | ({"tickets": str(number)} if number else {})
        self._put("feedback_submissions", name, told, **linked)
        return name

    def archive(self, number: int) -> None:
        self.objects["tickets"][str(number)] |= {"archived": True, "archivedAt": iso(self.now)}

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/crm/v3/owners", self._known(self._owners)),
            web.get("/crm/v3/pipelines/tickets", self._known(self._pipelines)),
            web.post(BASE + "/{kind}/search", self._known(self._search)),
            web.get(BASE + "/{kind}", self._known(self._list)),
            web.get(BASE + "/{kind}/{id}", self._known(self._shown)),
        ]

    def _known(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return web.json_response({"status": "error", "category": "INVALID_AUTHENTICATION"}, status=401)
            found = await handler(request)
            return found if isinstance(found, web.Response) else json_answer(found)

        return answer

    async def _owners(self, _: web.Request) -> Doc:
        team = [{"id": "101", "name": "Billing", "primary": True}]
        named = zip(("Ana", "Bo"), USERS.items(), strict=True)
        told = [
            {"id": each, "userId": int(user), "firstName": name, "lastName": "Test", "email": f"{name.lower()}@example.com",
             "teams": team, "archived": False}
            for name, (each, user) in named
        ]  # fmt: skip
        return {"results": told}

    async def _pipelines(self, _: web.Request) -> Doc:
        stages = [{"id": each, "label": label, "metadata": {"ticketState": state}} for each, label, state in STAGES]
        return {"results": [{"id": "0", "label": "Support", "stages": stages}]}

    async def _search(self, request: web.Request) -> Doc | web.Response:
        asked = await request.json()
        rows = [row for row in self.objects[request.match_info["kind"]].values() if not row["archived"] and _fits(row, asked)]
        rows.sort(key=lambda row: (row["updatedAt"], int(row["id"])))
        first, size = int(asked["after"]), min(asked["limit"], self.most)
        if first >= 10_000 or asked["limit"] > 200:
            return web.json_response({"status": "error", "message": "too far"}, status=400)
        page = rows[first : first + size]
        told: Doc = {"total": len(rows), "results": [_row(row, asked["properties"]) for row in page]}
        return told | ({"paging": {"next": {"after": str(first + size)}}} if len(rows) > first + size else {})

    async def _list(self, request: web.Request) -> Doc:
        archived = request.query.get("archived") == "true"
        rows = [row for row in self.objects[request.match_info["kind"]].values() if row["archived"] is archived]
        return {"results": [_row(row, request.query.get("properties", "").split(",")) for row in rows]}

    async def _shown(self, request: web.Request) -> Doc | web.Response:
        row = self.objects[request.match_info["kind"]].get(request.match_info["id"])
        if row is None or row["archived"]:
            return web.json_response({"status": "error", "category": "OBJECT_NOT_FOUND"}, status=404)
        told = _row(row, request.query.get("properties", "").split(","))
        if names := request.query.get("propertiesWithHistory"):
            told["propertiesWithHistory"] = {name: row["history"].get(name, []) for name in names.split(",")}
        if kinds := request.query.get("associations"):
            told["associations"] = {kind: found for kind, found in row["associations"].items() if kind in kinds.split(",")}
        return told


def _row(row: Doc, properties: Sequence[str]) -> Doc:
    """Properties are told only when asked for."""
    says = {name: row["properties"].get(name) for name in properties if name in row["properties"]}
    kept = ("id", "createdAt", "updatedAt", "archived", "archivedAt")
    return {**{name: row[name] for name in kept if name in row}, "properties": says}


def _fits(row: Doc, asked: Doc) -> bool:
    for group in asked["filterGroups"]:
        for each in group["filters"]:
            if each["propertyName"] == "associations.ticket":
                return bool(row["associations"].get("tickets", {}).get("results", [{}])[0].get("id") == each["value"])
            changed = datetime.fromisoformat(row["updatedAt"]).timestamp() * 1000
            return changed >= int(each["value"])
    return True
