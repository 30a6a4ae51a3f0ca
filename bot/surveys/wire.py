"""What survey buttons carry: a wire format that lives in people's messages for months, so every version ever sent must parse.

Version 1 is `v1|<survey>|<token>|<score>`; the score is empty on buttons that rate nothing (change, comment, stop asking).
The token is random and opaque. It names an invitation and grants nothing by itself: who may answer is in the store."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from bot.store.words import SurveyKind

V1 = re.compile(r"v1\|(?P<survey>csat|ces|nps)\|(?P<token>[A-Za-z0-9_-]{22})\|(?P<score>-?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a button says was pressed. Untrusted until the store knows the token."""

    survey: SurveyKind
    token: str
    score: int | None = None


def new_token() -> str:
    """128 random bits as 22 characters that need no escaping anywhere."""
    return secrets.token_urlsafe(16)


def hash_token(token: str) -> str:
    """The SHA-256 of a token, in hexadecimal: all that the store keeps of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def write(pressed: Pressed) -> str:
    """The value of a button, in the newest version."""
    return f"v1|{pressed.survey}|{pressed.token}|{'' if pressed.score is None else pressed.score}"


def read(value: str) -> Pressed | None:
    """What a button value of any version says, or None for what we never wrote. Never raises."""
    match = V1.fullmatch(value)
    if match is None:
        return None
    score = match["score"]
    return Pressed(survey=SurveyKind(match["survey"]), token=match["token"], score=None if score is None else int(score))
