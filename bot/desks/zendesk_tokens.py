"""OAuth tokens of Zendesk: fetched when needed, and a refresh token kept safe before it is used."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.desks.fields import name_of, whole
from bot.desks.http import Http
from bot.errors import DeskRefused

EXCHANGE = "/oauth/tokens"
KEPT = "zendesk-tokens.json"
EARLY_S = 60
USUAL_LIFE_S = 1800


@dataclass(slots=True)
class Tokens:
    """An access token that is renewed a minute before it runs out.

    A refresh token may be spent once: the one that comes with a new token is in the file before the new token is used."""

    http: Http
    client_id: str
    client_secret: str
    scope: str = "read"
    refresh: str | None = None
    file: Path | None = None
    access: str | None = None
    runs_out: float = 0.0

    @classmethod
    def of(cls, settings: Mapping[str, str], http: Http) -> Tokens:
        """The tokens of these settings; a refresh token in the file is newer than the one in the settings."""
        home = settings.get("home")
        file = Path(home) / KEPT if home and settings.get("refresh_token") else None
        return cls(
            http=http,
            client_id=settings["client_id"],
            client_secret=settings["client_secret"],
            scope=settings.get("scope") or "read",
            refresh=_kept(file) or settings.get("refresh_token"),
            file=file,
        )

    def headers(self) -> dict[str, str]:
        """The header that proves who asks. Raises DeskRefused and DeskUnavailable."""
        if self.access is None or self.http.pace.clock() >= self.runs_out:
            self._renew()
        return {"Authorization": f"Bearer {self.access}"}

    def forget(self) -> bool:
        """Zendesk no longer takes the access token: get another one next time. True, because there is a way to."""
        self.access = None
        return True

    def _renew(self) -> None:
        told = self.http.exchange(EXCHANGE, self._grant())
        access = name_of(told.get("access_token"))
        if access is None:
            raise DeskRefused("Zendesk handed out no access token.", next_step=self.http.key_help)
        if renewed := name_of(told.get("refresh_token")):
            self._keep(renewed)
        life = whole(told.get("expires_in")) or USUAL_LIFE_S
        self.access, self.runs_out = access, self.http.pace.clock() + max(life - EARLY_S, life / 2)

    def _grant(self) -> dict[str, Any]:
        who = {"client_id": self.client_id, "client_secret": self.client_secret, "scope": self.scope}
        if self.refresh:
            return {"grant_type": "refresh_token", "refresh_token": self.refresh, **who}
        return {"grant_type": "client_credentials", **who}

    def _keep(self, refresh: str) -> None:
        """Written aside, made durable, then put in place: a crash leaves the old file or the new one, never half of one."""
        if self.file is not None and self.refresh is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            aside = self.file.with_suffix(".new")
            with suppress(FileNotFoundError):
                aside.unlink()
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                json.dump({"refresh_token": refresh}, out)
                out.flush()
                os.fsync(out.fileno())
            aside.replace(self.file)
        if self.refresh is not None:
            self.refresh = refresh


def _kept(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return name_of(json.loads(file.read_text(encoding="utf-8")).get("refresh_token"))
    except (OSError, ValueError, AttributeError):
        return None
