"""From what a person typed, or Slack made of it, to plain words; nothing it is given makes it fail."""

from __future__ import annotations

import re
import unicodedata

MOST_CHARACTERS = 3_000
MOST_WORDS = 50

TYPOGRAPHY = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "″": '"', "‘": "'", "’": "'", "‚": "'", "`": "'",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "：": ":", "，": ",", "、": ",",
    }
)  # fmt: skip
ENTITY = re.compile(r"&(?:amp;)*(lt;|gt;|amp;)")
ENTITIES = {"lt;": "<", "gt;": ">", "amp;": "&"}
MENTION = re.compile(r"<([@#!])([A-Za-z0-9^]{1,40})(?:\|[^<>]{0,200})?>")
LINK = re.compile(r"<((?:https?|mailto):[^<>|\s]{1,2000})(?:\|([^<>]{0,2000}))?>")
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
NESTED = 3


def plain(text: str) -> str:
    """The words as meant: full-width letters narrowed, quotes and dashes straightened, hidden characters dropped,
    Slack's escapes and links undone, cut at 3,000 characters. Plain words stay as they are."""
    text = unicodedata.normalize("NFKC", _seen(text[:MOST_CHARACTERS])).translate(TYPOGRAPHY)
    text = ENTITY.sub(lambda found: ENTITIES[found[1]], text)
    for _ in range(NESTED if "<" in text else 0):
        text = LINK.sub(lambda link: link[2] or link[1], text)
    text = MENTION.sub(r"<\1\2>", text)
    return " ".join(_seen(text)[:MOST_CHARACTERS].split())


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
    """The comma-separated values after a colon, without their quotes and empty ones; `""` within quotes is a quote.

    A question mark or full stop at the very end belongs to the sentence, unless quotes hold it."""
    found, value, quoted, place = [], "", False, 0
    while place < len(text):
        character = text[place]
        if character == '"':
            doubled = quoted and text[place + 1 : place + 2] == '"'
            value += '"' if doubled else ""
            place += 1 if doubled else 0
            quoted = quoted if doubled else not quoted
        elif character == "," and not quoted:
            found.append(value)
            value = ""
        else:
            value += character
        place += 1
    last = value if text.endswith('"') else value.rstrip("?!.;")
    return tuple(v.strip() for v in (*found, last) if v.strip())


def bare(word: str) -> str:
    """A word without the punctuation and emphasis around it, in lower case."""
    return word.strip("?!.,;:()[]{}*_~'\"").lower()


def _seen(text: str) -> str:
    """Without what cannot be seen; every kind of space is a space."""
    spaced = (" " if character.isspace() else character for character in text)
    return "".join(c for c in spaced if " " <= c <= "~" or unicodedata.category(c) not in HIDDEN)
