"""Rich text: sections, lists, quotes and code, and the pieces in them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.rules import Rule, array, boolean, by_type, choice, number, shape, string

MOST = 1000
WORDS = string(40_000, least=1)
style = shape(
    {}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean)
)


def _piece(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    return shape(required, {"style": style, **(optional or {})})


text_piece = _piece({"text": WORDS})
link_piece = _piece({"url": string(3000)}, {"text": WORDS, "unsafe": boolean})
PIECES: dict[str, Rule] = {
    "text": text_piece,
    "link": link_piece,
    "user": _piece({"user_id": string(255)}),
    "channel": _piece({"channel_id": string(255)}),
    "team": _piece({"team_id": string(255)}),
    "usergroup": _piece({"usergroup_id": string(255)}),
    "emoji": _piece({"name": string(100)}, {"unicode": string(100), "url": string(3000), "skin_tone": number(1, 6)}),
    "broadcast": _piece({"range": choice("here", "channel", "everyone")}),
    "color": _piece({"value": string(7)}),
    "date": _piece({"timestamp": number(0), "format": string(200)}, {"url": string(3000), "fallback": string(200)}),
}
pieces = array(by_type(PIECES), MOST, least=0)
section = shape({"elements": pieces})
PARTS: dict[str, Rule] = {
    "rich_text_section": section,
    "rich_text_list": shape(
        {"elements": array(by_type({"rich_text_section": section}), MOST), "style": choice("bullet", "ordered")},
        {"indent": number(0, 8), "border": number(0, 1), "offset": number(0)},
    ),
    "rich_text_quote": shape({"elements": pieces}, {"border": number(0, 1)}),
    "rich_text_preformatted": shape(
        {"elements": array(by_type({"text": text_piece, "link": link_piece}), MOST, least=0)},
        {"border": number(0, 1), "language": string(100)},
    ),
}
rich_parts = array(by_type(PARTS), MOST)
