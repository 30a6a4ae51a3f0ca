"""One self-contained HTML page that shows saved messages as Slack would: no server, no other files."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "page"
STYLES = ("style.css", "blocks.css")
SCRIPTS = ("text.js", "markdown.js", "charts.js", "tables.js", "elements.js", "blocks.js", "messages.js", "saved.js")
SIGNS = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"))
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def transcript_html(
    messages: Iterable[Mapping[str, Any]],
    files: Mapping[str, bytes | str],
    users: Iterable[Mapping[str, Any]],
    channels: Iterable[Mapping[str, Any]],
    *,
    title: str = "Transcript",
    tz: str = "UTC",
) -> str:
    """The page as text.

    `messages` as the control client gives them (with `channel`, `ts`, `ephemeral_to`), in the order to show; `files` maps file
    ids to bytes or data URIs; `users` and `channels` as in the control client's `state()`; times are shown in zone `tz`.
    """
    shown = [dict(message) for message in messages]
    data = {
        "title": title,
        "tz": tz,
        "now": max((float(message["ts"]) for message in shown), default=0.0),
        "messages": shown,
        "users": [dict(user) for user in users],
        "channels": [dict(channel) for channel in channels],
        "pictures": {name: content if isinstance(content, str) else as_data_uri(content) for name, content in files.items()},
    }
    styles = "".join(f"<style>{(PAGE / name).read_text(encoding='utf-8')}</style>" for name in STYLES)
    scripts = "".join(f"<script>{(PAGE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{html.escape(title)}</title>{styles}</head>"
        '<body class="saved"><main id="saved"></main><dialog id="picture" class="picture"></dialog>'
        f'<script type="application/json" id="data">{_inert(data)}</script>{scripts}</body></html>\n'
    )


def as_data_uri(content: bytes) -> str:
    """A picture as a data URI, its type told from its first bytes."""
    kind = next((kind for sign, kind in SIGNS if content.startswith(sign)), "application/octet-stream")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _inert(data: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
