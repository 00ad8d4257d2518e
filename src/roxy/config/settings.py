"""Roxy's settings: what `roxy.yaml` may hold, checked, with every default in one place.

`load_settings` is on the way of every command, so it imports little and reads only files that exist.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from roxy.config import layers
from roxy.config.loader import Node, nearest
from roxy.config.places import Places
from roxy.config.profile import guess_locale, guess_timezone, guess_units, zone
from roxy.config.schema import (
    Anything,
    Choice,
    Flag,
    Kind,
    ListOf,
    MappingOf,
    Number,
    Reading,
    Reference,
    Section,
    Text,
    wrong,
)
from roxy.contracts.skills import UserProfile
from roxy.errors import ConfigError

PROVIDERS = ("openai", "anthropic", "gemini")
"""Whose ways of speaking with a model are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSettings:
    """What the user told about themselves; empty means: ask the system."""

    name: str = ""
    """What Roxy calls the user."""
    timezone: str = ""
    """A name of the tz database such as `Europe/Berlin`."""
    locale: str = ""
    """Such as `de_DE`."""
    units: str = ""
    """`metric` or `imperial`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """The terminal chat."""

    history: bool = True
    """Whether lines typed are kept for the arrow keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesSettings:
    """Files on this machine."""

    folders: tuple[str, ...] = ()
    """Folders that the system server may search and read; what a skill may read is granted to it. `~` allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingSettings:
    """The log files in the data folder."""

    level: str = "info"
    """From which level on events are written."""
    max_bytes: int = 5_000_000
    """A file that grows beyond this is put aside."""
    keep: int = 5
    """How many files that were put aside are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where Roxy keeps what it keeps."""

    url: str = ""
    """A database URL (SQLAlchemy); empty is SQLite in the data folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterSettings:
    """Who answers: sentences or a model, and how much a model may use up."""

    policy: str = "local-first"
    """`local-first`, `model-first` or `mcp-only`."""
    max_rounds: int = 8
    """How often in one turn a model may ask for tools and go on."""
    budget_tokens: int = 1_000_000
    """Tokens that models may use in one session, in and out; 0 sets no limit."""
    sessions: bool = True
    """Whether one session may ask another one: the user by name, a model with the user's consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsSettings:
    """The record of what happened, in pseudonyms."""

    sample: float = 1.0
    """Which share (0 to 1) of the small events is kept: pieces of answers, tool calls that succeeded."""
    sample_pieces: float = 0.05
    """Of pieces of answers at most this share (0 to 1) is kept; the answers themselves are kept as a whole."""
    keep_days: int = 90
    """For how many days events are kept; 0 is for ever."""
    max_rows: int = 1_000_000
    """Beyond how many events the oldest go, audit events aside; 0 is without a limit."""
    search: bool = True
    """Whether events can be searched by their words; an index of them is kept then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsSettings:
    """Conversations that are kept."""

    read_mcps: bool = False
    """Whether a session's older `mcps` map counts until `roxy sessions config migrate` has turned it into bindings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """One model that can be talked with."""

    provider: str = "openai"
    """Whose way of speaking it has; `openai` also for whatever is compatible with it."""
    model: str = ""
    """The provider's name of the model."""
    base_url: str = ""
    """Where it is; empty is the provider's own address."""
    api: str = "chat"
    """`chat` (Chat Completions) or `responses`; for the provider `openai` alone."""
    api_key: str = ""
    """Where its key is: `${NAME}`, kept as the variable's name; empty: the usual one, and none with `base_url`."""
    external: bool = True
    """Whether it belongs to somebody else, so that personal data must not reach it."""
    context_tokens: int = 0
    """How much it can read, in tokens; 0 is unknown, and nothing is cut then."""
    max_output_tokens: int = 0
    """How much it may say in one answer, in tokens; 0 leaves it to the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsSettings:
    """All models."""

    default: str = ""
    """A name of `known`, or `provider:model`; empty: Roxy works without a model."""
    known: Mapping[str, ModelSettings] = field(default_factory=dict)
    """The models, by a name of the user's own; at least `model` must be given for each."""
    local_ports: Mapping[str, int] = field(default_factory=dict)
    """Where model servers of this machine listen, by their kind, if not at their usual ports; 0: do not look for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one user, checked and complete."""

    user: UserSettings = field(default_factory=UserSettings)
    language: str = "en"
    """The folder of sentences that is used."""
    chat: ChatSettings = field(default_factory=ChatSettings)
    files: FilesSettings = field(default_factory=FilesSettings)
    skill_folders: tuple[str, ...] = ()
    """Folders with skills, beside the bundled, the user's and the project's; `~` allowed."""
    skills: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By name: `enabled`, and whatever the skill reads as `context.config`."""
    logging: LoggingSettings = field(default_factory=LoggingSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    events: EventsSettings = field(default_factory=EventsSettings)
    sessions: SessionsSettings = field(default_factory=SessionsSettings)
    models: ModelsSettings = field(default_factory=ModelsSettings)
    router: RouterSettings = field(default_factory=RouterSettings)

    def skill(self, name: str) -> Mapping[str, Any]:
        """The settings of one skill; empty when there are none."""
        return self.skills.get(name, {})

    def skill_enabled(self, name: str) -> bool:
        """Whether a skill is on; it is unless the settings say `enabled: false`."""
        return bool(self.skill(name).get("enabled", True))

    def profile(self, environ: Mapping[str, str] = os.environ) -> UserProfile:
        """The user, with what they did not tell guessed from the system."""
        return UserProfile(
            name=self.user.name,
            timezone=zone(self.user.timezone) if self.user.timezone else guess_timezone(),
            locale=self.user.locale or guess_locale(environ),
            units=self.user.units or guess_units(environ, self.user.locale),
        )


@dataclass(frozen=True, slots=True)
class _Zone:
    """A name of the tz database."""

    expected: str = "a time zone such as Europe/Berlin"

    def read(self, node: Node, path: str, reading: Reading) -> str:
        text = Text().read(node, path, reading)
        if text:
            try:
                zone(text)
            except ValueError as error:
                # Only a mistake pays for the list of all zones.
                from zoneinfo import available_timezones  # noqa: PLC0415

                meant = nearest(text, {name.lower(): name for name in available_timezones()}.values())
                hint = f"Did you mean `{meant}`?" if meant else ""
                raise ConfigError(f"`{path}` must be {self.expected}.", where=node.where, hint=hint) from error
        return text or ""


@dataclass(frozen=True, slots=True)
class _SkillSettings:
    """`enabled`, and what the skill declares for itself."""

    kind: ClassVar[Kind] = Anything()
    expected: str = "a mapping"

    def read(self, node: Node, path: str, reading: Reading) -> dict[str, Any]:
        if not node.is_mapping:
            raise wrong(self, node, path)
        kinds: dict[str, Kind] = {"enabled": Flag()}
        return {
            name: kinds.get(name, self.kind).read(child, f"{path}.{name}", reading)
            for name, child in node.value.items()
        }


@dataclass(frozen=True, slots=True)
class _Model(Section):
    """One entry of `models.known`."""

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        """The model; `model` must be given."""
        # Not super(): slots make a new class, and the old one is not its base.
        found = ModelSettings(**Section.read(self, node, path, reading))
        if not found.model:
            hint = "Write the provider's name of the model."
            raise ConfigError(f"`{path}.model` is missing.", where=node.where, hint=hint)
        return found


MODEL = _Model(
    {
        "provider": Choice(PROVIDERS),
        "model": Text(),
        "base_url": Text(),
        "api": Choice(("chat", "responses")),
        "api_key": Reference(),
        "external": Flag(),
        "context_tokens": Number(0, whole=True),
        "max_output_tokens": Number(0, whole=True),
    }
)
"""What may be said of one model."""
_LOCAL_PORTS = Section(
    {name: Number(0, most=65_535, whole=True) for name in ("ollama", "lmstudio", "llamacpp", "vllm")}
)
SCHEMA = Section(
    {
        "user": Section(
            {"name": Text(), "timezone": _Zone(), "locale": Text(), "units": Choice(("", "metric", "imperial"))}
        ),
        "language": Text(),
        "chat": Section({"history": Flag()}),
        "files": Section({"folders": ListOf(Text())}),
        "skill_folders": ListOf(Text()),
        "skills": MappingOf(_SkillSettings()),
        "logging": Section(
            {
                "level": Choice(("debug", "info", "warning", "error")),
                "max_bytes": Number(10_000, whole=True),
                "keep": Number(0, whole=True),
            }
        ),
        "store": Section({"url": Text()}),
        "events": Section(
            {
                "sample": Number(0, most=1),
                "sample_pieces": Number(0, most=1),
                "keep_days": Number(0, whole=True),
                "max_rows": Number(0, whole=True),
                "search": Flag(),
            }
        ),
        "sessions": Section({"read_mcps": Flag()}),
        "models": Section({"default": Text(), "known": MappingOf(MODEL), "local_ports": _LOCAL_PORTS}),
        "router": Section(
            {
                "policy": Choice(("local-first", "model-first", "mcp-only")),
                "max_rounds": Number(1, whole=True),
                "budget_tokens": Number(0, whole=True),
                "sessions": Flag(),
            }
        ),
    }
)
_SECTIONS: dict[str, Any] = {
    "user": UserSettings,
    "chat": ChatSettings,
    "files": FilesSettings,
    "logging": LoggingSettings,
    "store": StoreSettings,
    "events": EventsSettings,
    "sessions": SessionsSettings,
    "models": ModelsSettings,
    "router": RouterSettings,
}
SERVER_SECTIONS = ("servers", "startup", "defaults")
"""The sections of the environment that belong to `mcp_servers.yaml`."""
PRIVACY_SECTION = "privacy"
"""The section of the environment that belongs to `privacy.yaml`."""


def load_settings(places: Places, environ: Mapping[str, str], overrides: Sequence[str] = ()) -> Settings:
    """Read all layers; `overrides` are words of the command line such as `logging.level=debug`.

    Raises `ConfigError` for the first thing that is wrong, with its place; nothing was started then.
    """
    return check(settings_tree(places, environ, overrides), environ)


def check(tree: Node, environ: Mapping[str, str]) -> Settings:
    """The settings of a merged tree; raises `ConfigError` for the first thing that does not fit the schema."""
    if tree.is_mapping and PRIVACY_SECTION in tree.value:
        why = "`privacy` is no section of roxy.yaml."
        raise ConfigError(why, where=tree.value[PRIVACY_SECTION].where, hint="Write it into privacy.yaml beside it.")
    found = SCHEMA.read(tree, "", Reading(environ))
    return Settings(**{name: _SECTIONS[name](**value) if name in _SECTIONS else value for name, value in found.items()})


def settings_tree(places: Places, environ: Mapping[str, str], overrides: Sequence[str] = ()) -> Node:
    """The merged layers before they are checked; every leaf knows where it was written."""
    layers.check_environment(environ, (*SCHEMA.keys, *SERVER_SECTIONS, PRIVACY_SECTION))
    tree = layers.merged(layers.files(places, layers.SETTINGS_FILE))
    above = [layers.environment(environ, SCHEMA.keys, tree), layers.command_line(overrides)]
    return layers.merged([tree, *above])


def setting_names() -> list[str]:
    """Every setting as `section.key`, in the order of the schema."""
    names: list[str] = []
    for name, kind in SCHEMA.keys.items():
        names += [f"{name}.{key}" for key in kind.keys] if isinstance(kind, Section) else [name]
    return names


def default_of(name: str) -> Any:
    """Roxy's own default of the setting `section.key`."""
    section, _, key = name.partition(".")
    holder: Any = Settings()
    value = getattr(holder, section)
    return getattr(value, key) if key and section in {part.name for part in fields(holder)} else value
