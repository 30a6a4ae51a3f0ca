"""Settings from `CX_` environment variables and `cx.toml`: read once, checked whole, never shown with their secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import BadConfig
from bot.settings_sources import FILE, PREFIX, SECRET_ENDINGS, from_env, from_toml

SLACK_API = "https://slack.com/api/"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

PROFILES = ("articles", "zendesk", "intercom", "mojo", "custom")
CUSTOM = "custom"
DEFINITIONS = "DEFINITIONS_"
ONE_WORD = re.compile(r"[\w.-]+", re.ASCII)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
DATABASE = re.compile(r"(sqlite|postgres|postgresql)(\+\w+)?:")
Clock = Literal["business", "calendar"]
Door = Literal["socket", "http"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Form = Literal["json", "text"]
Known = Mapping[str, Collection[str] | None]


@cache
def _zones() -> frozenset[str]:
    """Looked up once: it walks through every file of the time zone database, 15 ms each time."""
    return frozenset(available_timezones())


class Settings(BaseSettings):
    """Everything that can be set from outside. Desk settings stand apart, by desk: see `desk`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    slack_bot_token: SecretStr | None = Field(default=None, description="xoxb-..., from OAuth & Permissions of your Slack app")
    slack_app_token: SecretStr | None = Field(default=None, description="xapp-..., from Basic Information of your Slack app")
    slack_signing_secret: SecretStr | None = Field(default=None, description="from Basic Information, for the HTTP door")
    slack_api_url: str = Field(default=SLACK_API, description="where the Web API answers")
    slack_door: Door = Field(default="socket", description="how Slack reaches us")
    slack_connections: int = Field(default=2, ge=1, le=10, description="Socket Mode connections of this process")
    database_url: SecretStr = Field(description="sqlite:////path/cx.db or postgresql+psycopg://user:password@host/name")
    home: Path = Field(description="where our files live")
    zone: str = Field(default="UTC", description="IANA time zone in which days begin and end")
    week_start: int = Field(default=0, ge=0, le=6, description="first day of the week, 0 for Monday")
    profile: str = Field(default="articles", description=f"allowed: {', '.join(PROFILES)}")
    clock: Clock = Field(default="business", description="which clock durations use")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="ISO 4217 code")
    admins: tuple[str, ...] = Field(default=(), description="Slack user ids, separated by commas")
    bots: tuple[str, ...] = Field(default=(), description="agents that are programs: ids or mail addresses, by commas")
    http_host: str = Field(default="127.0.0.1", description="address of health, metrics and the HTTP door")
    http_port: int = Field(default=8088, ge=0, le=65535, description="port of the same; 0 takes any free one")
    public_url: str = Field(default="", pattern=r"^$|^https?://[^\s/]+", description="how others reach the HTTP door")
    smtp_url: SecretStr | None = Field(default=None, description="smtp://user:password@host:587, or smtps://; surveys by mail")
    mail_from: str = Field(default="", description="the sender of surveys by mail, such as Support <support@example.com>")
    log_level: Level = Field(default="INFO", description="how much is logged")
    log_format: Form = Field(default="json", description="json for machines, text for a terminal")
    desks: Mapping[str, Mapping[str, SecretStr]] = Field(default_factory=dict, description="settings of each desk, by slug")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `read_settings` was given: no look at the machine behind the caller's back."""
        return (init_settings,)

    def desk(self, slug: str) -> dict[str, str]:
        """The settings of one help desk in clear, keys in lower case without prefix; empty when it has none."""
        return {key: value.get_secret_value() for key, value in self.desks.get(slug, {}).items()}

    @field_validator("week_start", mode="before")
    @classmethod
    def _weekday(cls, value: Any) -> Any:
        return WEEKDAYS.index(value.lower()) if isinstance(value, str) and value.lower() in WEEKDAYS else value

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in _zones():
            near = get_close_matches(value, _zones(), n=1, cutoff=0.5)
            raise ValueError(f"there is no such time zone{f'; did you mean {near[0]}?' if near else ''}")
        return value

    @field_validator("profile")
    @classmethod
    def _profile(cls, value: str) -> str:
        if value.partition("(")[0] not in PROFILES:
            near = get_close_matches(value, PROFILES, n=1)
            raise ValueError(f"there is no such profile{f'; did you mean {near[0]}?' if near else ''}")
        return value

    @field_validator("admins", "bots", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return tuple(re.findall(r"[^\s,]+", value)) if isinstance(value, str) else value

    @field_validator("slack_api_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not re.match(r"https?://[^\s/]+", value):
            raise ValueError("it must be an address such as https://slack.com/api/")
        return value.rstrip("/") + "/"

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        if not DATABASE.match(value.get_secret_value()):
            raise ValueError("it names no database we can open")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match("smtps?://", value.get_secret_value()):
            raise ValueError("it names no mail server")
        return value

    @field_validator("slack_bot_token")
    @classmethod
    def _bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _token(value, "xoxb-", other="xapp-", belongs="CX_SLACK_APP_TOKEN")

    @field_validator("slack_app_token")
    @classmethod
    def _app_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _token(value, "xapp-", other="xoxb-", belongs="CX_SLACK_BOT_TOKEN")


def _token(value: SecretStr | None, start: str, *, other: str, belongs: str) -> SecretStr | None:
    said = value.get_secret_value() if value is not None else start
    if said.startswith(start) and ONE_WORD.fullmatch(said):
        return value
    if said.startswith(other):
        raise ValueError(f"it holds an {other} token, which belongs into {belongs}: the two are swapped")
    raise ValueError(f"it must start with {start} and be one word of plain letters, digits and dashes")


def read_settings(env: Mapping[str, str], toml_path: Path | None = None, desks: Known | Sequence[str] = ()) -> Settings:
    """The settings in `env` (names starting with CX_) over those in the TOML file, which may be absent.

    A secret may come from a file named by the same name with `_FILE`. `desks` are the slugs of the help desks whose
    settings (`CX_ZENDESK_URL`, or `[zendesk] url` in the file) are let through, each with the keys it knows; given as slugs
    alone, whatever their keys. Raises BadConfig naming every problem."""
    problems: list[str] = []
    outside = from_env(env, problems)
    given = _with_variants(from_toml(toml_path, problems, instead=outside) | outside, problems)
    problems += [f"{PREFIX}{key} holds a line break or a control character" for key, value in given.items() if _is_broken(value)]
    plain, by_desk = _apart(given, desks if isinstance(desks, Mapping) else dict.fromkeys(desks), problems)
    plain.setdefault("DATABASE_URL", _default_database(plain, env))
    plain.setdefault("HOME", _state(env))
    values = {key.lower(): value for key, value in plain.items()} | {"desks": by_desk}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors(include_url=False, include_context=False)]
        settings = None
    if problems or settings is None:
        raise _all_at_once(problems)
    return settings


def _with_variants(given: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    """The profile of one's own with its variants, `custom(base=zendesk, count_merged=no)`: one value, as receipts print it."""
    told = {key.removeprefix(DEFINITIONS).lower(): value for key, value in given.items() if key.startswith(DEFINITIONS)}
    rest = {key: value for key, value in given.items() if not key.startswith(DEFINITIONS)}
    if told and rest.get("PROFILE", CUSTOM) != CUSTOM:
        problems.append(f"{PREFIX}{DEFINITIONS}{next(iter(told)).upper()} counts only with {PREFIX}PROFILE={CUSTOM}")
    elif told:
        rest["PROFILE"] = f"{CUSTOM}({', '.join(f'{name}={_variant(told[name])}' for name in sorted(told))})"
    return rest


def _variant(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(map(str, value))
    return ("yes" if value else "no") if isinstance(value, bool) else re.sub(r"[\s,()]+", ";", str(value))


def _default_database(plain: Mapping[str, Any], env: Mapping[str, str]) -> str:
    """In CX_HOME when that is set, else ./cx.db where there is one, else where programs keep their state."""
    here = Path("cx.db").absolute()
    if "HOME" in plain:
        return f"sqlite:///{Path(plain['HOME']).absolute() / 'cx.db'}"
    return f"sqlite:///{here if here.exists() else _state(env) / 'cx.db'}"


def _state(env: Mapping[str, str]) -> Path:
    user = Path(env.get("HOME", "~")).expanduser()
    return Path(env.get("XDG_STATE_HOME") or user / ".local" / "state").absolute() / "cx"


def _is_broken(value: object) -> bool:
    """Whether it would not go into a header or an address: some refuse it there with a traceback, and the value in it."""
    return isinstance(value, str) and CONTROL.search(value) is not None


def _apart(given: Mapping[str, Any], desks: Known, problems: list[str]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Our own settings, and those of each desk; whatever is neither is a problem."""
    own = {name.upper() for name in Settings.model_fields} - {"DESKS"}
    names = own | {f"{slug}_{key}".upper() for slug, keys in desks.items() for key in keys or ("",)}
    plain: dict[str, Any] = {}
    by_desk: dict[str, dict[str, str]] = {}
    for key, value in given.items():
        slug = next((slug for slug in desks if key.startswith(f"{slug.upper()}_")), None)
        if key in own:
            plain[key] = value
        elif slug is not None and (desks[slug] is None or key in names):
            by_desk.setdefault(slug, {})[key[len(slug) + 1 :].lower()] = str(value)
            problems += [f"{PREFIX}{key} must be one text or number"] * isinstance(value, (dict, list))
        else:
            problems.append(_unknown(key, sorted(names | {f"{name}{FILE}" for name in names if name.endswith(SECRET_ENDINGS)})))
    return plain, by_desk


def _unknown(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1, cutoff=0.6)
    return f"{PREFIX}{key} is no setting of ours" + (f"; did you mean {PREFIX}{near[0]}?" if near else "")


def _problem(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0])
    said = detail["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()}: {said[:1].lower()}{said[1:]}{_allowed(name)}"


def _allowed(name: str) -> str:
    """What a setting may be, in words: the vocabulary where it is closed, else its description."""
    if name == "week_start":
        return f" (allowed: 0 to 6, or {', '.join(WEEKDAYS)})"
    field = Settings.model_fields[name]
    words = get_args(field.annotation)
    if words and all(isinstance(word, str) for word in words):
        return f" (allowed: {', '.join(words)})"
    return f" ({field.description})"


def _all_at_once(problems: Sequence[str]) -> BadConfig:
    many = "1 setting cannot work" if len(problems) == 1 else f"{len(problems)} settings cannot work"
    lines = "\n".join(f"- {problem}" for problem in dict.fromkeys(problems))
    return BadConfig(f"{many}:\n{lines}", next_step="\nMend them in the environment or in cx.toml and start again.")
