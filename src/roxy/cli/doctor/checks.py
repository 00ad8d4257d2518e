"""What the doctor looks at. Each check yields findings; one that raises becomes a finding with its message and hint.

Nothing is started and nothing is sent away: commands are looked up on PATH, variables are looked at for being set, and
this machine's usual ports of model servers are asked for their models.
"""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from roxy.cli.doctor import privacy
from roxy.cli.doctor.finding import Finding, Level, failed
from roxy.cli.doctor.models import configured_models, local_models
from roxy.config import layers
from roxy.config.places import Places
from roxy.config.servers import load_servers
from roxy.config.settings import load_settings
from roxy.config.trust import TrustFile
from roxy.contracts.servers import ServerConfig
from roxy.contracts.skills import SkillInfo
from roxy.errors import ConfigError, RoxyError
from roxy.llm.local import LocalKind, kinds_at
from roxy.mcp.known.catalog import Catalog
from roxy.mcp.known.names import problems
from roxy.mcp.known.shelf import Shelf

_OLDEST = (3, 11)
_LITTLE = 200 * 1024 * 1024
"""Bytes that a database, its write-ahead log and rotating logs want free."""
_RUNNERS = {
    "npx": "Install Node.js: https://nodejs.org",
    "node": "Install Node.js: https://nodejs.org",
    "uvx": "Install uv: https://docs.astral.sh/uv/",
    "uv": "Install uv: https://docs.astral.sh/uv/",
    "docker": "Install Docker: https://docs.docker.com/get-docker/",
}


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at."""

    places: Places
    environ: Mapping[str, str]
    local: Sequence[LocalKind] | None = None
    """The model servers that are looked for on this machine; None: those of the settings."""


Check = Callable[[Patient], Iterator[Finding]]


def examine(patient: Patient) -> Iterator[Finding]:
    """Run all checks, in order."""
    for check in CHECKS:
        yield from attempt(check.__name__.lstrip("_"), check, patient)


def attempt(subject: str, check: Check, patient: Patient) -> Iterator[Finding]:
    """The findings of one check, and what ended it as one more."""
    try:
        yield from check(patient)
    except RoxyError as error:
        yield failed(subject, error)


def skill_findings(skills: list[SkillInfo]) -> Iterator[Finding]:
    """Those with a problem, else that all are well."""
    broken = [info for info in skills if info.problem]
    for info in broken:
        level = Level.WRONG if info.approved else Level.HINT
        yield Finding("skills", level, f"{info.name}: {info.problem}", f"roxy skills show {info.name}")
    yield Finding("skills", Level.OK, f"{len(skills) - len(broken)} skills can be used.")


def _python(_patient: Patient) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST:
        yield Finding("python", Level.WRONG, f"This is Python {version}.", "Install Python 3.11 or newer.")
    else:
        yield Finding("python", Level.OK, f"Python {version}")
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        yield Finding("python", Level.WRONG, "There are no time zones on this system.", "pip install tzdata")
    with sqlite3.connect(":memory:") as database:
        try:
            database.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        except sqlite3.OperationalError:
            yield Finding("python", Level.WRONG, "Its SQLite has no full-text search (FTS5).", "Use another Python.")
    database.close()


def _folders(patient: Patient) -> Iterator[Finding]:
    places = patient.places.ready()
    for folder in (places.config, places.data, places.cache):
        if os.access(folder, os.W_OK | os.X_OK):
            yield Finding("folders", Level.OK, str(folder))
        else:
            yield Finding("folders", Level.WRONG, f"{folder} cannot be written.", f"chmod u+wx {folder}")


def _disk(patient: Patient) -> Iterator[Finding]:
    folder = next(path for path in (patient.places.data, *patient.places.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / 1024**2:,.0f} MB are free at {folder}."
    if free < _LITTLE:
        yield Finding("disk", Level.WRONG, text, "Free some space; Roxy keeps nothing on a full disk.")
    else:
        yield Finding("disk", Level.OK, text)


def _settings(patient: Patient) -> Iterator[Finding]:
    load_settings(patient.places, patient.environ)
    TrustFile(patient.places.trust_file).granted("")
    yield Finding("settings", Level.OK, f"Yours: {patient.places.config / layers.SETTINGS_FILE}")


def _project(patient: Patient) -> Iterator[Finding]:
    state = layers.project_state(patient.places)
    if state in {"new", "changed"}:
        why = "changed since they were approved" if state == "changed" else "were not approved yet"
        text = f"The settings in {patient.places.project} {why}, so they do not count."
        yield Finding("project", Level.HINT, text, "roxy mcp config approve")


def _names(patient: Patient) -> Iterator[Finding]:
    yield from privacy.detection(patient.places, patient.environ)


def _policies(patient: Patient) -> Iterator[Finding]:
    yield from privacy.policies(patient.places, patient.environ)


def _vaults(patient: Patient) -> Iterator[Finding]:
    yield from privacy.vaults(patient.places)


def _servers(patient: Patient) -> Iterator[Finding]:
    configs = load_servers(patient.places, patient.environ)
    if not configs:
        yield Finding("servers", Level.HINT, "No server is declared.", "roxy mcp config set NAME command COMMAND")
    for config in configs.values():
        if config.enabled:
            yield from _server(config, patient.environ)
    shelf = Shelf(patient.places.manifests)
    offered = {name: [tool.name for tool in Catalog(config, shelf).tools()] for name, config in configs.items()}
    for problem in problems(configs, offered):
        yield Finding("servers", Level.HINT, problem, "Rename one of them, or disable what you do not know.")


def _server(config: ServerConfig, environ: Mapping[str, str]) -> Iterator[Finding]:
    # A server on demand that is not set up is only worth a hint: nobody asked for it.
    level = Level.WRONG if config.auto_start else Level.HINT
    fine = True
    if config.missing:
        fine = False
        text = f"{config.name} needs {' and '.join(config.missing)}."
        yield Finding("servers", level, text, f"export {config.missing[0]}=…")
    if config.command and shutil.which(config.command, path=environ.get("PATH")) is None:
        fine = False
        fix = _RUNNERS.get(config.command, f"Install it, or: roxy mcp config set {config.name} command PATH")
        yield Finding("servers", level, f"{config.name} needs the command `{config.command}`, not found on PATH.", fix)
    if fine:
        yield Finding("servers", Level.OK, f"{config.name} is set up.")


def _models(patient: Patient) -> Iterator[Finding]:
    try:
        models = load_settings(patient.places, patient.environ).models
    except ConfigError:
        return  # told already, as a finding of the settings
    yield from configured_models(models, patient.environ)
    local = kinds_at(models.local_ports) if patient.local is None else patient.local
    yield from local_models(models, local, patient.places.config / layers.SETTINGS_FILE)


CHECKS: tuple[Check, ...] = (
    _python, _folders, _disk, _settings, _project, _policies, _vaults, _names, _servers, _models,
)  # fmt: skip
