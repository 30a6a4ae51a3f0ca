"""Drive a sandbox from Python, in the same process or another: people's doings, faults, time, and what there is to see."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bot.errors import CxError
from bot.sandbox.refusal import Json

Found = TypeVar("Found")
PATIENCE = 60.0
HTTP_OK = 200


class ControlRefused(CxError):
    """The sandbox would not do it: `code` says why (users_not_found, action_not_found, ...)."""

    def __init__(self, name: str, answer: Mapping[str, Any]) -> None:
        super().__init__(f"The sandbox refused {name}: {answer.get('error')}.", next_step="Check the arguments.")
        self.code = str(answer.get("error"))
        self.answer = answer


class Control:
    """A remote control. Safe to use from several threads. People are named by handle (`ana`) or id, channels by `#name` or id."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def call(self, name: str, **args: Any) -> Any:
        """Any control command by name. Raises ControlRefused."""
        answer = json.loads(self._request("POST", f"/control/{name}", json.dumps(args, default=str))[1])
        if not answer.get("ok"):
            raise ControlRefused(name, answer)
        return answer["result"]

    def picture(self, file_id: str) -> bytes:
        """The bytes of an uploaded file. Raises ControlRefused when there is none."""
        status, content = self._request("GET", f"/files/{file_id}")
        if status != HTTP_OK:
            raise ControlRefused("picture", {"error": "file_not_found"})
        return content

    def _request(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def slash(self, text: str, *, user: str = "ana", channel: str = "#support") -> Json:
        """Type a command and wait for its ack: `{state: acked|failed, failure, ack_ms, answer, ...}`."""
        return dict(self.call("slash", text=text, user=user, channel=channel))

    def click(
        self,
        message: Mapping[str, Any],
        action_id: str,
        *,
        user: str = "ana",
        value: Any = None,
        block_id: str = "",
        values: Any = None,
    ) -> Json:
        """Press a button or choose `value` in a message (as given by `messages` or `ephemerals`); waits for the ack."""
        at = {"channel": message["channel"], "ts": message["ts"]}
        return dict(self.call("click", **at, action_id=action_id, user=user, value=value, block_id=block_id, values=values))

    def click_view(self, action_id: str, *, user: str = "ana", value: Any = None, view_id: str = "", values: Any = None) -> Json:
        """Press or choose something in the person's top modal, or in the view with this id (a Home tab, say)."""
        wanted = view_id or self.views(user)[-1]["id"]
        return dict(self.call("click", view_id=wanted, action_id=action_id, user=user, value=value, values=values))

    def submit(self, values: Mapping[str, Mapping[str, Any]] | None = None, *, user: str = "ana", view_id: str = "") -> Json:
        """Submit the top modal with `{block_id: {action_id: plain value}}`; the answer's `errors` are those shown in it."""
        return dict(self.call("submit", values=values or {}, user=user, view_id=view_id))

    def close_view(self, *, user: str = "ana", view_id: str = "") -> Json:
        """Close the top modal."""
        return dict(self.call("close", user=user, view_id=view_id))

    def clear_views(self, *, user: str = "ana") -> Json:
        """Close the whole stack of modals."""
        return dict(self.call("close", user=user, all=True))

    def suggest(self, action_id: str, value: str, *, user: str = "ana", block_id: str = "") -> list[Json]:
        """Type into an external select; the options the app offers."""
        answer = self.call("suggest", action_id=action_id, value=value, user=user, block_id=block_id)["answer"]
        return list((answer or {}).get("options") or [])

    def shortcut(self, callback_id: str, *, user: str = "ana", message: Mapping[str, Any] | None = None) -> Json:
        """Choose a global shortcut, or one on a message."""
        at = {"channel": message["channel"], "ts": message["ts"]} if message else {}
        return dict(self.call("shortcut", callback_id=callback_id, user=user, **at))

    def open_home(self, user: str = "ana") -> None:
        """Open the Home tab; what the app publishes is in `home(user)` soon after."""
        self.call("home", user=user)

    def say(self, text: str, *, user: str = "ana", channel: str = "#support", thread_ts: str = "") -> Json:
        """Post as a person; channel `dm` is their conversation with the bot."""
        return dict(self.call("say", text=text, user=user, channel=channel, thread_ts=thread_ts))

    def mention(self, text: str, *, user: str = "ana", channel: str = "#support") -> Json:
        """Post as a person, to the bot."""
        bot = self.state()["bot"]["user_id"]
        return self.say(f"<@{bot}> {text}", user=user, channel=channel)

    def direct(self, text: str, *, user: str = "ana") -> Json:
        """Write to the bot in private."""
        return self.say(text, user=user, channel="dm")

    def join(self, user: str, channel: str) -> None:
        """Become a member; `cx` is the bot."""
        self.call("join", user=user, channel=channel)

    def leave(self, user: str, channel: str) -> None:
        """Stop being a member."""
        self.call("leave", user=user, channel=channel)

    def uninstall(self) -> None:
        """Remove the app: both events are sent and the tokens die."""
        self.call("uninstall")

    def revoke(self, token: str = "bot") -> None:  # noqa: S107 - the kind of token, bot or app
        """Answer token_revoked from now on."""
        self.call("revoke", token=token)

    def restore(self) -> None:
        """Undo revoke and uninstall."""
        self.call("restore")

    def send_event(self, event: Mapping[str, Any], *, channel: str = "") -> None:
        """Send any inner event the app subscribed to."""
        self.call("event", event=dict(event), channel=channel)

    def advance(self, seconds: float) -> None:
        """Move the workspace's clock ahead and let everything that has come due happen."""
        self.call("advance", seconds=seconds)

    def fault(self, kind: str, method: str = "*", times: int = 1, **fields: Any) -> None:
        """Plan a fault; kinds are in bot.sandbox.faults."""
        self.call("fault", kind=kind, method=method, times=times, **fields)

    def clear_faults(self) -> None:
        """Nothing more goes wrong, and the sockets hear again."""
        self.call("clear_faults")

    def options(self, **fields: Any) -> None:
        """Change any of bot.sandbox.options."""
        self.call("options", **fields)

    def change_channel(self, channel: str, **fields: Any) -> Json:
        """Set is_archived, is_ext_shared, is_pending_ext_shared or topic."""
        return dict(self.call("channel", channel=channel, **fields))

    def disconnect(self, reason: str = "refresh_requested") -> int:
        """Tell every socket to go; the number told."""
        return int(self.call("disconnect", reason=reason)["connections"])

    def drop_sockets(self) -> int:
        """Cut every socket's TCP connection; the number cut."""
        return int(self.call("drop")["connections"])

    def deafen_sockets(self) -> int:
        """Keep every socket open but dead: no envelopes, no pongs; the number made deaf."""
        return int(self.call("deafen")["connections"])

    def connections(self) -> list[int]:
        """Numbers of the open sockets."""
        return list(self.call("connections")["open"])

    def messages(self, channel: str = "", *, user: str = "") -> list[Json]:
        """Messages of a channel, of a person's DM with the bot, or all; oldest first, metadata included."""
        return list(self.call("messages", channel=channel, user=user))

    def ephemerals(self, user: str = "", *, channel: str = "") -> list[Json]:
        """Ephemeral messages, oldest first."""
        return list(self.call("ephemerals", user=user, channel=channel))

    def views(self, user: str = "ana") -> list[Json]:
        """A person's stack of modals, the top one last."""
        return list(self.call("views", user=user))

    def home(self, user: str = "ana") -> Json | None:
        """A person's Home tab, if the app ever published it."""
        found = self.call("home_view", user=user)
        return None if found is None else dict(found)

    def files(self) -> list[Json]:
        """Completed files."""
        return list(self.call("files"))

    def traffic(self, since: int = 0) -> list[Json]:
        """The last exchanges with the app, tokens struck out."""
        return list(self.call("traffic", since=since))

    def deliveries(self) -> list[Json]:
        """Everything the app was told and how it was answered; `ack_ms` are real milliseconds."""
        return list(self.call("deliveries"))

    def notices(self) -> list[Json]:
        """What people were told had failed."""
        return list(self.call("notices"))

    def state(self) -> Json:
        """The whole workspace."""
        return dict(self.call("state"))

    def wait_for(self, look: Callable[[], Found], timeout: float = 10.0) -> Found:
        """Ask until the answer is truthy and return it. Raises TimeoutError, naming the last answer."""
        until = time.monotonic() + timeout
        while True:
            found = look()
            if found:
                return found
            if time.monotonic() > until:
                raise TimeoutError(f"not within {timeout} s; last seen: {found!r}")
            time.sleep(0.02)
