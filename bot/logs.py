"""Logs: one JSON object or one text a line, with the request or job it belongs to, without secrets or what customers wrote."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any

CONTEXT: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("cx_log_context", default=())
QUOTES_BELOW = "asyncio"
"""In its messages the first line says what happened; those below quote whatever was at work, with its words."""
FOREIGN = (
    "asyncio",
    "slack_sdk",
    "slack_bolt",
    "apscheduler",
    "httpx2",
    "httpcore2",
    "aiohttp",
    "sqlalchemy",
    "matplotlib",
    "alembic",
)
OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
STRUCK = "[redacted]"
LONGEST = 2_000
SECRETS = re.compile(
    r"""xox[a-z]-[\w-]+ | xapp-[\w-]+ | xoxe\.[\w.-]+
      | hooks\.slack\.com/[^\s"'<>]+ | (?<=/)(?:commands|actions)/T\w+/[^\s"'<>]+
      | (?<=bearer\s)[\w.~+/=-]+ | (?<=basic\s)[\w+/=-]{8,}
      | (?<=://)[^\s/:@"']+:[^\s/@"']+(?=@)
      | (?<=token=)[^\s&"'<>]+ | (?<=ticket=)[^\s&"'<>]+ | (?<=secret=)[^\s&"'<>]+ | (?<=password=)[^\s&"'<>]+
      | [\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+""",
    re.VERBOSE | re.IGNORECASE,
)


def set_up_logs(level: str, form: str = "json", *, stream: IO[str] | None = None) -> logging.Handler:
    """Send every log line, ours and others', to one stream, as `json` or `text`. Who calls it again gets one handler, not two."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(TextLines() if form == "text" else JsonLines())
    handler.addFilter(Redaction())
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one.formatter, JsonLines)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in FOREIGN:  # At DEBUG and INFO they print bodies: what people wrote, and tokens.
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler


def log_what_nobody_catches() -> None:
    """Python itself would print such errors whole, and with them what somebody wrote."""

    def of_a_thread(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None and ended.exc_type is not SystemExit:
            _log_uncaught(ended.exc_value)

    def of_nobody(left: sys.UnraisableHookArgs) -> None:
        if left.exc_value is not None:
            _log_uncaught(left.exc_value)

    sys.excepthook = lambda _kind, error, _trace: _log_uncaught(error)
    threading.excepthook, sys.unraisablehook = of_a_thread, of_nobody


def _log_uncaught(error: BaseException) -> None:
    if not any(isinstance(one.formatter, JsonLines) for one in logging.getLogger().handlers):
        set_up_logs("INFO")
    logging.getLogger("cx").critical("an error that nobody expected", exc_info=error)


@contextmanager
def told_with(**fields: str) -> Iterator[None]:
    """Everything logged inside, by this thread or task, carries these fields."""
    before = CONTEXT.set((*CONTEXT.get(), *fields.items()))
    try:
        yield
    finally:
        CONTEXT.reset(before)


def struck(text: str) -> str:
    """The text without tokens, addresses of hooks, credentials in URLs, and e-mail addresses."""
    return SECRETS.sub(STRUCK, text)


class Redaction(logging.Filter):
    """Strikes secrets from all a record holds. It sits on the handler: a filter on a logger does not see its children's lines.

    Cut first, then struck: searching 100,000 characters for an address took a minute."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()[:LONGEST]
        record.msg, record.args = struck(said.split("\n")[0] if record.name == QUOTES_BELOW else said), None
        for key in record.__dict__.keys() - OWN:
            record.__dict__[key] = _struck_value(record.__dict__[key])
        return True


class JsonLines(logging.Formatter):
    """One object a line. Of an exception it tells the class and where it rose, never its message, which may quote anybody."""

    def format(self, record: logging.LogRecord) -> str:
        return struck(json.dumps(_told(record), ensure_ascii=False, default=str))


class TextLines(JsonLines):
    """The same for a terminal: instant, level, place, event, and then everything else as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        told = _told(record)
        first = f"{told.pop('at')} {told.pop('level').upper():7} {told.pop('logger')} {told.pop('event')}"
        rest = [f"{key}={json.dumps(value, ensure_ascii=False, default=str)}" for key, value in told.items()]
        return struck(" ".join([first.replace("\n", "\\n"), *rest]))


def _told(record: logging.LogRecord) -> dict[str, Any]:
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": record.getMessage()[:LONGEST],
    }
    line |= {key: value for key, value in CONTEXT.get() if value != ""}
    line |= {key: value for key, value in record.__dict__.items() if key not in OWN}
    if record.exc_info and record.exc_info[0] is not None:
        line["exception"] = record.exc_info[0].__name__
        line["frames"] = _frames(record.exc_info[2])
    return line


def _struck_value(value: Any) -> Any:
    return value if isinstance(value, (int, float, bool, type(None))) else struck(str(value)[:LONGEST])


def _frames(trace: TracebackType | None) -> list[str]:
    """File, line and function of the last frames, without the line's text and without values."""
    steps = traceback.extract_tb(trace)[-12:]
    return [f"{step.filename.rsplit('/site-packages/', 1)[-1]}:{step.lineno} {step.name}" for step in steps]
