"""A real django-helpdesk on loopback, in a virtual environment of its own: it sends webhooks by itself."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx2

VENV = Path(
    os.environ.get("CX_HELPDESK_VENV") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cx-test-helpdesk"
)
WHO = ("ana", "made-up-password")
APPS = (
    *(f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "sessions", "sites", "messages")),
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "helpdesk",
    "rest_framework",
    "rest_framework.authtoken",
)
CONTEXT = [f"django.{name}" for name in ("template.context_processors.request", "contrib.auth.context_processors.auth")]
SETTINGS: dict[str, Any] = {
    "SECRET_KEY": "made-up",
    "ALLOWED_HOSTS": ["127.0.0.1"],
    "USE_TZ": True,
    "TIME_ZONE": "UTC",
    "SITE_ID": 1,
    "INSTALLED_APPS": list(APPS),
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": [*CONTEXT, "django.contrib.messages.context_processors.messages"]},
        }
    ],
    "ROOT_URLCONF": "urls",
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "STATIC_URL": "/static/",
    "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
    "HELPDESK_ACTIVATE_API_ENDPOINT": True,
    "HELPDESK_TEAMS_MODE_ENABLED": False,
    "HELPDESK_TEAMS_MIGRATION_DEPENDENCIES": [],
    "REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]},
}
URLS = 'from django.urls import include, path\nurlpatterns = [path("", include("helpdesk.urls"))]\n'
SEED = f"""import django
django.setup()
from django.contrib.auth.models import User
from helpdesk.models import Queue
User.objects.create_superuser({WHO[0]!r}, "ana@example.com", {WHO[1]!r})
Queue.objects.create(title="Support", slug="support")
"""
WAIT_S = 60


@dataclass(slots=True, kw_only=True)
class DjangoHelpdesk:
    """One help desk in a folder, telling `webhook` of each new ticket and follow-up."""

    folder: Path
    webhook: str
    port: int = field(init=False)
    server: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Self:
        database = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(self.folder / "desk.db")}}
        told = "".join(f"{name} = {value!r}\n" for name, value in {**SETTINGS, "DATABASES": database}.items())
        for name, text in (("settings.py", told), ("urls.py", URLS), ("seed.py", SEED)):
            (self.folder / name).write_text(text, encoding="utf-8")
        self._python("-m", "django", "migrate", "-v", "0")
        self._python("seed.py")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        with (self.folder / "desk.log").open("wb") as log:
            words = [str(VENV / "bin" / "python"), "-m", "django", "runserver", "--noreload", f"127.0.0.1:{self.port}"]
            self.server = subprocess.Popen(words, cwd=self.folder, env=self._environ(), stdout=log, stderr=log)
        self._until_it_answers()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.terminate()
        self.server.wait(10)

    def post(self, path: str, **document: Any) -> dict[str, Any]:
        """An object made by its API, as it then is."""
        proof = b64encode(":".join(WHO).encode()).decode()
        answer = httpx2.post(
            f"http://127.0.0.1:{self.port}/api/{path}/",
            json=document,
            headers={"Authorization": f"Basic {proof}"},
            timeout=WAIT_S,
            trust_env=False,
        )
        assert answer.status_code == 201, answer.text[:300]
        return dict(answer.json())

    def _environ(self) -> dict[str, str]:
        told = {"HELPDESK_NEW_TICKET_WEBHOOK_URLS": self.webhook, "HELPDESK_FOLLOWUP_WEBHOOK_URLS": self.webhook}
        return {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(self.folder), **told}

    def _python(self, *words: str) -> None:
        subprocess.run([VENV / "bin" / "python", *words], cwd=self.folder, env=self._environ(), check=True, timeout=300)

    def _until_it_answers(self) -> None:
        for _ in range(WAIT_S * 5):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.2)
        raise AssertionError((self.folder / "desk.log").read_text(encoding="utf-8")[-2000:])
