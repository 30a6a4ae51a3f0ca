"""What was set outside: the environment, `cx.toml`, and the files that secrets stand in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PREFIX = "CX_"
FILE = "_FILE"
SECRET_ENDINGS = ("_TOKEN", "_KEY", "_SECRET", "_PASSWORD", "_URL")


def from_env(env: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """What the environment says, by name without `CX_`; what cannot be read is added to `problems`."""
    given = {name[len(PREFIX) :].upper(): value.strip() for name, value in env.items() if name.upper().startswith(PREFIX)}
    return _with_secrets({key: value for key, value in given.items() if value}, problems)


def from_toml(path: Path | None, problems: list[str], *, instead: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says, save for what is said outside in its place."""
    if path is None or not path.exists():
        return {}
    try:
        tables = tomllib.loads(_text(path))
    except (OSError, ValueError) as error:
        problems.append(f"{path.name} cannot be read: {_reason(error)}")
        return {}
    found: dict[str, Any] = {}
    for key, value in tables.items():
        nested = value.items() if isinstance(value, dict) else ()
        found.update({f"{key}_{inner}".upper(): inner_value for inner, inner_value in nested})
        if not isinstance(value, dict):
            found[key.upper()] = value
    return _with_secrets({key: value for key, value in found.items() if key.removesuffix(FILE) not in instead}, problems)


def _with_secrets(given: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """What is given, each secret that stands in a file read from there."""
    found = {key: value for key, value in given.items() if not _named_file(key)}
    for key, value in given.items():
        if _named_file(key):
            _read_secret(key, str(value), found, problems)
    return found


def _named_file(key: str) -> bool:
    return key.endswith(FILE) and key.removesuffix(FILE).endswith(SECRET_ENDINGS)


def _read_secret(key: str, path: str, found: dict[str, Any], problems: list[str]) -> None:
    target = key.removesuffix(FILE)
    if target in found:
        problems.append(f"{PREFIX}{key} and {PREFIX}{target} are both set; keep one")
        return
    try:
        found[target] = _text(Path(path)).strip()
    except (OSError, ValueError) as error:
        # Not its name: who mistakes the setting has put the secret itself there.
        problems.append(f"{PREFIX}{key} names a file that cannot be read: {_reason(error)}")
        return
    if not found[target]:
        del found[target]
        problems.append(f"{PREFIX}{key} names a file that is empty")


def _text(path: Path) -> str:
    """What editors of any kind leave: with a mark at its beginning or without."""
    return path.read_text(encoding="utf-8-sig")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, tomllib.TOMLDecodeError):
        return str(error)  # Line and column, and nothing that stands there.
    return (error.strerror or "it cannot be opened") if isinstance(error, OSError) else "it is no text in UTF-8"
