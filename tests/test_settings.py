"""Settings are read once, checked whole, and never shown with their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.errors import BadConfig
from bot.settings import SLACK_API, Known, Settings, read_settings


def problems(env: dict[str, str], toml: Path | None = None, desks: Known | Sequence[str] = ()) -> str:
    """What is said about settings that cannot work."""
    with pytest.raises(BadConfig) as refused:
        read_settings(env, toml, desks)
    return refused.value.sentence()


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory without a database in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_need_be_set() -> None:
    settings = read_settings({})

    assert settings.slack_bot_token is None
    assert settings.slack_api_url == SLACK_API
    assert (settings.zone, settings.week_start, settings.profile, settings.currency) == ("UTC", 0, "articles", "USD")
    assert settings.http_host == "127.0.0.1", "nobody outside reaches us unless told"


def test_what_is_set_counts() -> None:
    env = {
        "CX_SLACK_BOT_TOKEN": "xoxb-1",
        "CX_SLACK_APP_TOKEN": "xapp-1",
        "CX_ZONE": "Europe/Berlin",
        "CX_WEEK_START": "sunday",
        "CX_ADMINS": "U1, U2 U3",
        "CX_HTTP_PORT": "0",
        "CX_SLACK_API_URL": "http://127.0.0.1:1234/api",
        "PATH": "/usr/bin",
    }
    settings = read_settings(env)

    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-1"
    assert (settings.zone, settings.week_start, settings.admins, settings.http_port) == (
        "Europe/Berlin",
        6,
        ("U1", "U2", "U3"),
        0,
    )
    assert settings.slack_api_url == "http://127.0.0.1:1234/api/"


def test_an_empty_value_is_no_value() -> None:
    assert read_settings({"CX_ZONE": "", "CX_SLACK_BOT_TOKEN": "  "}).slack_bot_token is None


def test_the_machine_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_ZONE", "Asia/Tokyo")

    assert read_settings({}).zone == "UTC"


def test_no_secret_is_ever_shown() -> None:
    env = {
        "CX_SLACK_BOT_TOKEN": "xoxb-canary",
        "CX_SLACK_SIGNING_SECRET": "canary",
        "CX_DATABASE_URL": "postgresql+psycopg://cx:canary@db/cx",
        "CX_ZENDESK_TOKEN": "canary",
    }
    settings = read_settings(env, desks=("zendesk",))

    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    "env",
    [
        {"CX_SLACK_BOT_TOKEN": "canary"},
        {"CX_SLACK_APP_TOKEN": "canary-token"},
        {"CX_DATABASE_URL": "canary", "CX_ZON": "canary"},
        {"CX_SLACK_BOT_TOKEN": "xapp-canary", "CX_SLACK_APP_TOKEN": "xoxb-canary"},
    ],
)
def test_no_complaint_quotes_a_value_that_may_be_a_secret(env: dict[str, str]) -> None:
    assert "canary" not in problems(env)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings({}).zone = "Asia/Tokyo"


def test_all_problems_are_named_at_once() -> None:
    said = problems(
        {"CX_ZON": "UTC", "CX_WEEK_START": "mon", "CX_PROFILE": "sendesk", "CX_HTTP_PORT": "99999", "CX_CURRENCY": "€"}
    )

    assert said.startswith("5 settings cannot work")
    for key in ("CX_ZON", "CX_WEEK_START", "CX_PROFILE", "CX_HTTP_PORT", "CX_CURRENCY"):
        assert key in said


def test_a_word_that_is_not_allowed_is_answered_with_those_that_are() -> None:
    said = problems({"CX_PROFILE": "sendesk"})

    assert said.startswith("1 setting cannot work")
    assert "articles, zendesk, intercom, mojo" in said


def test_a_zone_that_does_not_exist_is_answered_with_the_nearest() -> None:
    assert "did you mean Europe/Berlin?" in problems({"CX_ZONE": "Europe/Berlim"})


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    assert "CX_SLACK_BOT_TOKN is no setting of ours; did you mean CX_SLACK_BOT_TOKEN?" in problems(
        {"CX_SLACK_BOT_TOKN": "xoxb-1"}
    )


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("CX_ZENDESK_TOKN", "CX_ZENDESK_TOKEN"),
        ("CX_ZENDESK_URI", "CX_ZENDESK_URL"),
        ("CX_ZENDESK_TOKEN_FIEL", "CX_ZENDESK_TOKEN_FILE"),
        ("CX_SLACK_APP_TOKEN_FIEL", "CX_SLACK_APP_TOKEN_FILE"),
    ],
)
def test_a_slip_in_a_setting_of_a_desk_or_of_a_file_is_answered_with_the_nearest(key: str, near: str) -> None:
    desks = {"zendesk": {"url", "token"}, "csv": {"path", "map"}}

    assert f"{key} is no setting of ours; did you mean {near}?" in problems({key: "x"}, desks=desks)
    assert read_settings({"CX_ZENDESK_URL": "x"}, desks=desks).desk("zendesk") == {"url": "x"}


def test_swapped_tokens_are_called_swapped() -> None:
    said = problems({"CX_SLACK_BOT_TOKEN": "xapp-1", "CX_SLACK_APP_TOKEN": "xoxb-1"})

    assert "CX_SLACK_BOT_TOKEN: it holds an xapp- token, which belongs into CX_SLACK_APP_TOKEN: the two are swapped" in said
    assert "CX_SLACK_APP_TOKEN: it holds an xoxb- token, which belongs into CX_SLACK_BOT_TOKEN: the two are swapped" in said


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-a-file\n")
    settings = read_settings({"CX_SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})

    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-from-a-file"


def test_a_secret_in_two_places_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-1")

    assert "both set" in problems({"CX_SLACK_BOT_TOKEN": "xoxb-2", "CX_SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})


def test_a_secret_file_that_is_missing_or_garbled_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "garbled").write_bytes(b"\xff\xfe\x00\xd8")

    assert "cannot be read: No such file" in problems({"CX_SLACK_BOT_TOKEN_FILE": str(tmp_path / "missing")})
    assert "cannot be read: it is no text" in problems({"CX_SLACK_BOT_TOKEN_FILE": str(tmp_path / "garbled")})
    assert "canary" not in problems({"CX_SLACK_BOT_TOKEN_FILE": "xoxb-canary"}), "who mistakes the setting puts the secret there"


def test_the_file_may_name_the_file_of_a_secret_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-from-a-file\n")
    toml = tmp_path / "cx.toml"
    toml.write_text(f'slack_bot_token_file = "{tmp_path / "token"}"\n[zendesk]\ntoken_file = "{tmp_path / "token"}"\n')
    settings = read_settings({}, toml, desks={"zendesk": {"token"}})

    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == settings.desk("zendesk")["token"] == "xoxb-from-a-file"


def test_the_file_holds_what_the_environment_does_not_say(tmp_path: Path) -> None:
    toml = tmp_path / "cx.toml"
    toml.write_text('zone = "Europe/Berlin"\ncurrency = "EUR"\nhttp_port = 9000\n[zendesk]\nurl = "https://acme.zendesk.com"\n')
    settings = read_settings({"CX_CURRENCY": "CHF"}, toml, desks=("zendesk",))

    assert (settings.zone, settings.currency, settings.http_port) == ("Europe/Berlin", "CHF", 9000)
    assert settings.desk("zendesk") == {"url": "https://acme.zendesk.com"}


def test_a_garbled_file_is_one_problem_among_others(tmp_path: Path) -> None:
    toml = tmp_path / "cx.toml"
    toml.write_text("zone = ")
    said = problems({"CX_PROFILE": "x"}, toml)

    assert said.startswith("2 settings cannot work")
    assert "cx.toml cannot be read" in said


def test_an_unknown_key_in_the_file_is_a_problem_too(tmp_path: Path) -> None:
    toml = tmp_path / "cx.toml"
    toml.write_text('[zendesk]\nurl = "https://acme.zendesk.com"\n')

    assert "CX_ZENDESK_URL is no setting of ours" in problems({}, toml)


def test_a_desk_has_its_own_settings_in_clear_for_itself_alone(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    env = {"CX_ZENDESK_URL": "https://acme.zendesk.com", "CX_ZENDESK_TOKEN_FILE": str(tmp_path / "key"), "CX_CSV_FILE": "t.csv"}
    settings = read_settings(env, desks=("zendesk", "csv", "mojo"))

    assert settings.desk("zendesk") == {"url": "https://acme.zendesk.com", "token": "s3cret"}
    assert settings.desk("csv") == {"file": "t.csv"}
    assert settings.desk("mojo") == {}


def test_the_database_lies_where_it_is_said_to(tmp_path: Path) -> None:
    home = {"CX_HOME": str(tmp_path / "home")}
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    user = {"HOME": str(tmp_path / "me")}

    assert database({**home, "CX_DATABASE_URL": "sqlite:////x/y.db"}) == "sqlite:////x/y.db"
    assert database(home) == f"sqlite:///{tmp_path}/home/cx.db"
    assert database(state) == f"sqlite:///{tmp_path}/state/cx/cx.db"
    assert database(user) == f"sqlite:///{tmp_path}/me/.local/state/cx/cx.db"
    (tmp_path / "cx.db").touch()
    assert database(user) == f"sqlite:///{tmp_path}/cx.db", "an old file here is not forgotten"


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def database(env: dict[str, str]) -> str:
    """The database these settings name."""
    return read_settings(env).database_url.get_secret_value()


def test_definitions_of_ones_own_are_one_profile_wherever_they_are_written(tmp_path: Path) -> None:
    """The name says all of it, because receipts print it."""
    (tmp_path / "cx.toml").write_text(
        '[definitions]\nbase = "zendesk"\nfirst_contact_days = 14\ncount_merged = false\nagent_domains = ["a.com", "b.org"]\n'
    )
    written = "custom(agent_domains=a.com;b.org, base=zendesk, count_merged=no, first_contact_days=3)"
    assert read_settings({"CX_DEFINITIONS_FIRST_CONTACT_DAYS": "3"}, tmp_path / "cx.toml").profile == written
    assert read_settings({"CX_PROFILE": "custom"}).profile == "custom"


def test_variants_beside_another_profile_are_a_problem() -> None:
    said = problems({"CX_PROFILE": "zendesk", "CX_DEFINITIONS_COUNT_MERGED": "no"})
    assert "CX_DEFINITIONS_COUNT_MERGED counts only with CX_PROFILE=custom" in said


def test_a_profile_that_does_not_exist_is_answered_with_the_nearest() -> None:
    assert "CX_PROFILE: there is no such profile; did you mean zendesk? (allowed: articles, " in problems(
        {"CX_PROFILE": "zendsk"}
    )


def test_bots_are_a_list() -> None:
    assert read_settings({"CX_BOTS": "17, bot@example.com"}).bots == ("17", "bot@example.com")


@pytest.mark.parametrize(
    "value", ["xoxb-s3cr3t\nxoxb-other", "xoxb-s3cr3t\x00", "xoxb-s3cr3t other", "xoxb-s3cr3t\u20ac", "xoxb-\ufeffs3cr3t"]
)
def test_a_token_that_would_break_a_header_is_refused_unquoted(tmp_path: Path, value: str) -> None:
    """Python refuses it there with a traceback, and the token in it."""
    (tmp_path / "token").write_text(value, encoding="utf-8")
    with pytest.raises(BadConfig) as refused:
        read_settings({"CX_SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})
    assert "CX_SLACK_BOT_TOKEN" in refused.value.sentence()
    assert "s3cr3t" not in refused.value.sentence()


def test_a_key_of_a_desk_that_would_is_refused_too() -> None:
    with pytest.raises(BadConfig, match="CX_MOJO_KEY holds a line break") as refused:
        read_settings({"CX_MOJO_KEY": "s3cr3t\r\nX-Header: 1"}, None, {"mojo": ("key",)})
    assert "s3cr3t" not in refused.value.sentence()


def test_files_may_begin_with_a_mark_and_end_their_lines_as_windows_does(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xef\xbb\xbfxoxb-1\r\n")
    (tmp_path / "cx.toml").write_bytes(b'\xef\xbb\xbfzone = "Europe/Berlin"\r\nadmins = ["U1"]\r\n')
    settings = read_settings({"CX_SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")}, tmp_path / "cx.toml")
    assert settings.slack_bot_token is not None
    assert (settings.slack_bot_token.get_secret_value(), settings.zone, settings.admins) == ("xoxb-1", "Europe/Berlin", ("U1",))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"zone = \xff", "it is no text in UTF-8"), (None, "Is a directory"), (bytes(range(256)), "it is no text in UTF-8")],
)
def test_a_file_that_is_none_is_said_plainly(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "cx.toml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(BadConfig, match=f"1 setting cannot work:\n- cx.toml cannot be read: {said}$"):
        read_settings({}, path)


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(" \n\n")
    for name in ("CX_DATABASE_URL_FILE", "CX_SLACK_SIGNING_SECRET_FILE", "CX_SMTP_URL_FILE"):
        with pytest.raises(BadConfig, match=f"{name} names a file that is empty"):
            read_settings({name: str(tmp_path / "secret")})


def test_the_environment_counts_wherever_the_file_has_the_secret_from(tmp_path: Path) -> None:
    (tmp_path / "cx.toml").write_text('slack_bot_token_file = "/nowhere"\n')
    settings = read_settings({"CX_SLACK_BOT_TOKEN": "xoxb-1"}, tmp_path / "cx.toml")
    assert settings.slack_bot_token is not None


def test_addresses_of_no_database_and_no_mail_server_are_among_the_problems() -> None:
    wrong = {"CX_DATABASE_URL": "mysql://cx:s3cr3t@here/cx", "CX_SMTP_URL": "imap://cx:s3cr3t@here", "CX_ZONE": "Nowhere"}
    with pytest.raises(BadConfig, match="3 settings cannot work") as refused:
        read_settings(wrong)
    assert "s3cr3t" not in refused.value.sentence()


def test_a_list_where_a_desk_wants_a_word_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "cx.toml").write_text('[csv]\nmap = ["a", "b"]\n')
    with pytest.raises(BadConfig, match="CX_CSV_MAP must be one text or number"):
        read_settings({}, tmp_path / "cx.toml", {"csv": ("map", "path")})
