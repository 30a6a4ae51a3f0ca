"""Manifests: read without a YAML library, obeyed to the letter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadConfig
from bot.sandbox import Sandbox
from bot.sandbox.manifest import Manifest, load_manifest
from bot.sandbox.yaml_subset import read_yaml
from tests.sandbox.conftest import RunningApp

ROOT = Path(__file__).parents[2]
TEXT = """
# A manifest
display_information:
  name: cx   # a comment
  description: "Answers: every KPI"
  long_description: >-
    Folded
    lines
features:
  app_home: {}
  bot_user:
    display_name: 'it''s cx'
    always_online: true
  slash_commands:
    - command: /cx
      description: Ask
      usage_hint: "[backlog | csat]"
      should_escape: false
    -
      command: /cy
oauth_config:
  scopes:
    bot:
    - chat:write     # post
    - users:read
    bot_optional: []
settings:
  limits: [ ]
  token_rotation_enabled: no
"""


def test_the_subset_of_yaml_reads_as_yaml_does() -> None:
    text = TEXT.replace("[ ]", "[]").replace("enabled: no", "enabled: false")
    assert read_yaml(text) == yaml.safe_load(text)


KEYS = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
SCALARS = (
    st.booleans()
    | st.none()
    | st.integers(-999, 999)
    | st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=12)
)
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)


@settings(max_examples=50)
@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4))
def test_what_a_yaml_library_writes_in_block_style_is_read_back(tree: dict[str, Any]) -> None:
    assert read_yaml(yaml.safe_dump(tree, default_flow_style=False, width=10_000)) == tree


def test_the_projects_own_manifest_reads_as_a_yaml_library_reads_it() -> None:
    text = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    assert read_yaml(text) == yaml.safe_load(text)


@pytest.mark.parametrize(
    "text", ["a: [1, 2]\n", "a: &x 1\n", "just words\n", "a: 'open\n", "a: 1\n   b: 2\n", 'a: "x" y\n', "a: *x\n"]
)
def test_what_is_beyond_the_subset_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"line \d|Unterminated"):
        read_yaml(text)


def test_a_manifest_is_read_from_yaml_json_and_a_mapping(tmp_path: Path) -> None:
    mapping = yaml.safe_load(TEXT.replace("[ ]", "[]"))
    (tmp_path / "m.yml").write_text(TEXT.replace("[ ]", "[]"), encoding="utf-8")
    (tmp_path / "m.json").write_text(json.dumps(mapping), encoding="utf-8")
    read = load_manifest(mapping)
    assert load_manifest(tmp_path / "m.yml") == load_manifest(tmp_path / "m.json") == read
    assert read.name == "it's cx"
    assert read.scopes == ("chat:write", "users:read")
    assert [command.usage_hint for command in read.commands or ()] == ["[backlog | csat]", ""]


@pytest.mark.parametrize("content", ["a: [1", "- 1", ""])
def test_an_unreadable_manifest_is_bad_config(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.yml").write_text(content, encoding="utf-8")
    with pytest.raises(BadConfig):
        Sandbox.start(manifest=tmp_path / "m.yml")


def test_a_missing_manifest_is_bad_config(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="cannot be read"):
        load_manifest(tmp_path / "none.yml")


def test_without_a_manifest_everything_is_allowed() -> None:
    manifest = load_manifest(None)
    assert manifest.command("/anything") is not None
    assert manifest.hears("app_mention")


def test_a_command_needs_to_be_declared_and_scoped() -> None:
    declared = {"features": {"slash_commands": [{"command": "/cx"}]}}
    assert load_manifest(declared).command("/cx") is None, "no `commands` scope"
    allowed = load_manifest(declared | {"oauth_config": {"scopes": {"bot": ["commands"]}}})
    assert allowed.command("/cx") is not None
    assert allowed.command("/other") is None


def test_an_event_needs_a_subscription_and_a_scope() -> None:
    assert not Manifest(events=(), scopes=("app_mentions:read",)).hears("app_mention")
    assert not Manifest(events=("app_mention",), scopes=()).hears("app_mention")
    assert Manifest(events=("app_mention",), scopes=("app_mentions:read",)).hears("app_mention")
    assert Manifest(events=("app_home_opened",), scopes=()).hears("app_home_opened")


def test_an_undeclared_command_and_an_unsubscribed_event_reach_nobody() -> None:
    manifest = {
        "features": {"slash_commands": [{"command": "/cx", "should_escape": True}]},
        "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
        "settings": {"socket_mode_enabled": True},
    }
    with Sandbox.start(manifest=manifest) as sandbox:
        app = RunningApp(sandbox)
        app.bolt.command("/cx")(lambda ack: ack())
        app.connect()
        try:
            assert sandbox.control.slash("/other")["failure"] == "unknown_command"
            sandbox.control.open_home("ana")
            sandbox.control.slash("/cx ask @bo about #support")
            assert [envelope.payload["text"] for envelope in app.heard] == ["ask <@U0BO|bo> about <#C0SUPPORT|support>"]
            app.client.chat_postMessage(channel="#support", text="x", blocks=[])
        finally:
            app.close()
