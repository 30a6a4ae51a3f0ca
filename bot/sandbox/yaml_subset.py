"""The part of YAML that manifests are written in, so that a demo needs no YAML library: block maps, block lists, scalars."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

KEY = re.compile(r"""(?P<key>"[^"]*"|'[^']*'|[^\s#:'"\[{&*!|>][^:#]*?)\s*:(?:\s+(?P<rest>.*))?$""")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something: its indent, its text, its number for complaints."""

    indent: int
    text: str
    number: int


def read_yaml(text: str) -> Any:
    """Read block-style YAML. Raises ValueError, with the line's number, for anything beyond the subset."""
    lines = _lines(text)
    if not lines:
        return None
    value, rest = _node(lines, lines[0].indent)
    if rest:
        raise ValueError(f"line {rest[0].number}: unexpected indent")
    return value


def _node(lines: list[Line], indent: int) -> tuple[Any, list[Line]]:
    return _list(lines, indent) if _is_item(lines[0].text) else _map(lines, indent)


def _is_item(text: str) -> bool:
    return text == "-" or text.startswith("- ")


def _list(lines: list[Line], indent: int) -> tuple[list[Any], list[Line]]:
    found: list[Any] = []
    while lines and lines[0].indent == indent and _is_item(lines[0].text):
        line = lines[0]
        text = line.text[1:].lstrip()
        inner = Line(indent + len(line.text) - len(text), text, line.number)
        if not text:
            value, lines = _below(lines[1:], indent)
        elif KEY.match(text) or _is_item(text):
            value, lines = _node([inner, *lines[1:]], inner.indent)
        else:
            value, lines = _scalar(text, line.number), lines[1:]
        found.append(value)
    return found, lines


def _map(lines: list[Line], indent: int) -> tuple[dict[str, Any], list[Line]]:
    found: dict[str, Any] = {}
    while lines and lines[0].indent == indent:
        line = lines[0]
        match = KEY.match(line.text)
        if match is None:
            raise ValueError(f"line {line.number}: expected `key: value`")
        key, rest = str(_scalar(match["key"], line.number)), (match["rest"] or "").strip()
        if rest in (">", ">-", "|", "|-"):
            found[key], lines = _folded(lines[1:], indent, rest)
        elif rest:
            found[key], lines = _scalar(rest, line.number), lines[1:]
        else:
            found[key], lines = _below(lines[1:], indent)
    return found, lines


def _below(lines: list[Line], indent: int) -> tuple[Any, list[Line]]:
    if lines and (lines[0].indent > indent or (lines[0].indent == indent and _is_item(lines[0].text))):
        return _node(lines, lines[0].indent)
    return None, lines


def _folded(lines: list[Line], indent: int, style: str) -> tuple[str, list[Line]]:
    taken = 0
    while taken < len(lines) and lines[taken].indent > indent:
        taken += 1
    joined = (" " if style.startswith(">") else "\n").join(line.text for line in lines[:taken])
    return joined + ("" if style.endswith("-") else "\n"), lines[taken:]


def _scalar(text: str, number: int) -> Any:
    if text[:1] in ("'", '"'):
        return _quoted(text, number)
    plain = re.split(r"\s#", text, maxsplit=1)[0].strip()
    if plain in ("[]", "{}"):
        return json.loads(plain)
    if plain[:1] in ("[", "{", "&", "*", "!", "|", ">"):
        raise ValueError(f"line {number}: only block style is read here, not {plain[:1]!r}")
    if NUMBER.fullmatch(plain):
        return json.loads(plain)
    return WORDS.get(plain.lower(), plain)


def _quoted(text: str, number: int) -> str:
    if text[0] == '"':
        value, end = json.JSONDecoder().raw_decode(text)
    else:
        match = re.match(r"'((?:[^']|'')*)'", text)
        if match is None:
            raise ValueError(f"line {number}: a quote is not closed")
        value, end = match[1].replace("''", "'"), match.end()
    if text[end:].strip() and not text[end:].lstrip().startswith("#"):
        raise ValueError(f"line {number}: unexpected text after the closing quote")
    return str(value)


def _lines(text: str) -> list[Line]:
    found = []
    for number, raw in enumerate(text.splitlines(), start=1):
        stripped = raw.strip()
        if stripped and not stripped.startswith("#") and stripped != "---":
            found.append(Line(len(raw) - len(raw.lstrip(" ")), stripped, number))
    return found
