"""Vendors' own descriptions of their APIs as judges of our stand-ins. They lie beside the repository; without them tests skip."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contracts"
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)", value)
    )


def judged(name: str, method: str, path: str, body: Any, *, status: str = "200") -> list[str]:
    """What the contract has against an answer of ours; empty when it has nothing. Skips where there is no contract."""
    contract = _contract(name)
    answer = contract["paths"][path][method]["responses"][status]
    answer = _resolved(contract, answer)
    schema = next(iter(answer["content"].values()))["schema"]
    whole = {**_plain(schema), "components": contract["components"]}
    found = Draft4Validator(whole, format_checker=FORMATS).iter_errors(body)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


def parameters(name: str, method: str, path: str) -> dict[str, Any]:
    """The schemas of the parameters in the query that a request may name."""
    contract = _contract(name)
    told = [*contract["paths"][path].get("parameters", []), *contract["paths"][path][method].get("parameters", [])]
    found = [_resolved(contract, each) for each in told]
    return {each["name"]: _plain(each.get("schema", {})) for each in found if each["in"] == "query"}


@cache
def _contract(name: str) -> Any:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the contract {name} is not here")
    text = path.read_text(encoding="utf-8")
    told = json.loads(text) if name.endswith(".json") else yaml.load(text, _loader())
    return {**told, "components": _plain(told["components"])}


def _loader() -> Any:
    """YAML in which an instant stays the text it is."""

    class Texts(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    Texts.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Texts


def _resolved(contract: Any, told: Any) -> Any:
    if "$ref" not in told:
        return told
    for part in told["$ref"].removeprefix("#/").split("/"):
        contract = contract[part]
    return contract


def _plain(told: Any) -> Any:
    """OpenAPI's `nullable` in the words of JSON Schema."""
    if isinstance(told, list):
        return [_plain(each) for each in told]
    if not isinstance(told, dict):
        return told
    plain = {key: _plain(value) for key, value in told.items() if key != "example"}
    if plain.get("nullable") is True and not isinstance(plain.get("type"), str):
        return {"anyOf": [{key: value for key, value in plain.items() if key != "nullable"}, {"type": "null"}]}
    if plain.get("nullable") is True:
        plain["type"] = [plain["type"], "null"]
        if isinstance(plain.get("enum"), list):
            plain["enum"] = [*plain["enum"], None]
    return plain
