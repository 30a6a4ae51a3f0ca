"""A real Request Tracker 5 on loopback whose clock the test sets: every change lands exactly at the instant it is given."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx2

HERE = Path(__file__).parent
LIBRARY = "/usr/share/request-tracker5/lib"
SERVER = "/usr/share/request-tracker5/libexec/rt-server"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
TOKENS = """use RT -init; for my $name (qw(ana bo sync)) {
    my $user = RT::CurrentUser->new($name); my $token = RT::AuthToken->new(RT->SystemUser);
    my ($ok, $said, $secret) = $token->Create(Owner => $user->Id, Description => 'test'); print "$name $secret\\n"; }"""
CONFIG = """
Set($rtname, 'help.example'); Set($Organization, 'help.example'); Set($WebDomain, '127.0.0.1'); Set($WebPort, {port});
Set($WebBaseURL, 'http://127.0.0.1:{port}'); Set($Timezone, 'UTC'); Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{home}/rt.db'); Set($MailCommand, 'testfile'); Set($WebSecureCookies, 0);
Set($LogToSyslog, undef); Set($LogToSTDERR, 'warning'); Set($LogDir, '{home}/log'); Set($BcryptCost, 10);
Set($MasonDataDir, '{home}/mason'); Set($MasonSessionDir, '{home}/session');
Set(%GnuPG, Enable => 0); Set(%SMIME, Enable => 0);
Set(%ServiceAgreements, Levels => {{
    Standard => {{ Response => {{ RealMinutes => 120 }}, Resolve => {{ RealMinutes => 2880 }} }} }});
1;
"""
PATIENCE_S = 180


class HelpDesk:
    """Serves one data directory while it is entered. Reads with the token of `sync`, which may only read."""

    def __init__(self, home: Path, start: datetime) -> None:
        self.home, self.now = home, start
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tokens: dict[str, str] = {}
        self.made = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._client = httpx2.Client(timeout=60, trust_env=False)

    def __enter__(self) -> Self:
        for part in ("confd", "log", "mason", "session"):
            (self.home / part).mkdir(parents=True, exist_ok=True)
        settings = CONFIG.format(port=self.port, home=self.home)
        (self.home / "RT_SiteConfig.pm").write_text(settings, encoding="utf-8")
        if not (self.home / "rt.db").exists():
            self._fill()
        self._serve()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(20)
            except subprocess.TimeoutExpired:
                self._server.kill()

    def at(self, now: datetime) -> None:
        """Set the help desk's clock."""
        self.now = now
        aside = self.home / "clock.new"
        aside.write_text(f"{now:%Y-%m-%d %H:%M:%S}\n", encoding="utf-8")
        aside.replace(self.home / "clock")

    def after(self, **span: int) -> None:
        """Let this much time pass there."""
        self.at(self.now + timedelta(**span))

    def ask(self, who: str, method: str, path: str, document: Any = None) -> Any:
        """One request to its REST interface, which must be granted."""
        headers = {"Authorization": f"token {self.tokens[who]}"}
        answer = self._client.request(method, f"{self.url}/REST/2.0{path}", json=document, headers=headers)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def create(self, requestor: str, queue: str = "Billing") -> str:
        """A ticket that a customer's mail opens; the gateway does not say its number, which is the next one."""
        self.mail(requestor, queue, "Help")
        self.made += 1
        return str(self.made)

    def mail(self, sender: str, queue: str, subject: str) -> None:
        """A mail from outside."""
        message = f"From: {sender}\nTo: {queue.lower()}@help.example\nSubject: {subject}\n\ncanary-words\n"
        form = {"queue": queue, "action": "correspond", "message": message, "SessionType": "REST"}
        answer = self._client.post(f"{self.url}/REST/1.0/NoAuth/mail-gateway", data=form)
        assert answer.text.startswith("ok"), answer.text[:300]

    def answer(self, customer: str, ticket: str) -> None:
        """A customer's mail about a ticket."""
        self.mail(customer, "Billing", f"Re: [help.example #{ticket}] Help")

    def reply(self, who: str, ticket: str, minutes: int = 0) -> None:
        """An agent's public answer, with the time it took."""
        self.ask(who, "POST", f"/ticket/{ticket}/correspond", _said(minutes))

    def note(self, who: str, ticket: str, minutes: int = 0) -> None:
        """An agent's note that no customer sees."""
        self.ask(who, "POST", f"/ticket/{ticket}/comment", _said(minutes))

    def change(self, who: str, ticket: str, **fields: Any) -> None:
        """Set fields of a ticket."""
        self.ask(who, "PUT", f"/ticket/{ticket}", fields)

    def _fill(self) -> None:
        for action in (["init"], ["insert", "--datafile", str(HERE / "initialdata.pl")]):
            order = ["rt-setup-database-5", "--skip-create", "--dba", "x", "--dba-password", "x", "--action", *action]
            subprocess.run(order, env=self._environment(), check=True, capture_output=True, timeout=PATIENCE_S)

    def _serve(self) -> None:
        order = ["perl", f"-I{LIBRARY}", "-e", TOKENS]
        told = subprocess.run(order, env=self._environment(), check=True, capture_output=True, text=True, timeout=PATIENCE_S)
        self.tokens = dict(line.split() for line in told.stdout.splitlines())
        self.at(self.now)
        steered = {
            "FAKETIME_TIMESTAMP_FILE": str(self.home / "clock"), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "LD_PRELOAD": FAKETIME,
        }  # fmt: skip
        order = [SERVER, "--server", "Starman", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "2"]
        with (self.home / "log" / "server").open("wb") as log:
            self._server = subprocess.Popen(
                [*order, "--disable-keepalive"], env={**self._environment(), **steered}, stdout=log, stderr=log
            )
        ends = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.ask("sync", "GET", "/rt")
            except (httpx2.HTTPError, AssertionError):
                assert time.monotonic() < ends, (self.home / "log" / "server").read_text(encoding="utf-8", errors="replace")[
                    -2000:
                ]
                time.sleep(0.3)
            else:
                return

    def _environment(self) -> dict[str, str]:
        settings = {"RT_SITE_CONFIG": str(self.home / "RT_SiteConfig.pm"), "RT_SITE_CONFIG_DIR": str(self.home / "confd")}
        return {**os.environ, **settings}


def missing() -> list[str]:
    """What of a Request Tracker is not on this machine."""
    found = {
        "request-tracker5": Path(SERVER).exists(),
        "faketime": Path(FAKETIME).exists(),
        "starman": bool(shutil.which("starman")),
    }
    return [name for name, there in found.items() if not there]


def _said(minutes: int) -> dict[str, Any]:
    return {"Content": "canary-words", "ContentType": "text/plain", **({"TimeTaken": minutes} if minutes else {})}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
