"""From what a person typed, or Slack made of it, to plain words; nothing it is given makes it fail."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARACTERS = 3_000
MOST_WORDS = 50

TYPOGRAPHY = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "‑": "-",
        "\u00a0": " ", "\u202f": " ", "\u2007": " ", "：": ":", "，": ",",
    }
)  # fmt: skip
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
MENTION = re.compile(r"<([@#!])([A-Z0-9]{2,20})(?:\|([^<>]{0,200}))?>")
LINK = re.compile(r"<((?:https?|mailto):[^<>|\s]{1,2000})(?:\|([^<>]{0,2000}))?>")
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def plain(text: str) -> str:
    """The words as meant: full-width letters narrowed, quotes and dashes straightened, hidden characters dropped,
    Slack's escapes and links undone, cut at 3,000 characters."""
    text = text[: MOST_CHARACTERS * 2].translate(TYPOGRAPHY)
    text = LINK.sub(lambda link: link.group(2) or link.group(1), text)
    text = MENTION.sub(lambda mention: f"<{mention.group(1)}{mention.group(2)}>", text)
    for entity, character in ENTITIES:
        text = text.replace(entity, character)
    text = unicodedata.normalize("NFKC", text).translate(TYPOGRAPHY)
    seen = (" " if character.isspace() else character for character in text)
    kept = "".join(c for c in seen if unicodedata.category(c) not in HIDDEN)
    return " ".join(kept[:MOST_CHARACTERS].split())


def words(text: str) -> list[str]:
    """Words of plain text, at most 50. Double quotes hold words together; one left open runs to the end; they are kept,
    so that `team:"VIP desk"` still shows where its value ends. An apostrophe is just a letter: Ann's."""
    found: list[str] = []
    word, quoted = "", False
    for character in text:
        if character == '"':
            quoted = not quoted
        if character == " " and not quoted:
            found += [word] if word else []
            word = ""
        else:
            word += character
    found += [word] if word else []
    return found[:MOST_WORDS]


def values(text: str) -> tuple[str, ...]:
    """The comma-separated values after a colon, without their quotes and empty ones."""
    found, value, quoted = [], "", False
    for character in text:
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            found.append(value)
            value = ""
        else:
            value += character
    return tuple(v.strip() for v in (*found, value) if v.strip())
