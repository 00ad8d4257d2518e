"""What the doctor sees of privacy: the policies and whom they name, the vaults, and whether detection works."""

from collections.abc import Iterator, Mapping, Sequence

from roxy.cli.doctor.finding import Finding, Level
from roxy.config.loader import did_you_mean
from roxy.config.places import Places
from roxy.config.servers import load_servers
from roxy.config.settings import load_settings
from roxy.errors import ConfigError, RoxyError
from roxy.privacy.gateway import MODEL
from roxy.privacy.memory.vaults import Vaults
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import PRIVACY_FILE, PolicyFile, load

_SUBJECT = "privacy"


def policies(places: Places, environ: Mapping[str, str]) -> Iterator[Finding]:
    """What holds, and what can hold for nobody. Raises `ConfigError` for a file that is wrong."""
    said = load(places, environ)
    try:
        known = _known(Book(said), places, environ)
    except ConfigError as error:
        if "privacy" in error.message:
            raise
        known = None  # told by another check
    for name in unmet(said, known) if known is not None else ():
        fix = f"{did_you_mean(name, known or ())} Correct it in {places.config / PRIVACY_FILE}, or delete it."
        yield Finding(_SUBJECT, Level.HINT, f"There is no {name}, so what is said of it holds for nobody.", fix)
    if not said.dictionary:
        text = "Your dictionary is empty: what only you know to be personal may pass."
        yield Finding(_SUBJECT, Level.HINT, text, 'roxy privacy add "YOUR NAME" "YOUR ADDRESS"')
    yield Finding(_SUBJECT, Level.OK, f"The policy {said.policy} holds; `roxy privacy policy` shows all.")


def _known(book: Book, places: Places, environ: Mapping[str, str]) -> list[str]:
    """The servers and models there are; raises `ConfigError` also for a server that names a policy there is not."""
    configs = load_servers(places, environ)
    for config in configs.values():
        if config.privacy is not None:
            book.check(config.privacy, server=config.name, where=config.where)
    return [*configs, *(f"{MODEL}{name}" for name in load_settings(places, environ).models.known)]


def unmet(said: PolicyFile, known: Sequence[str]) -> list[str]:
    """The destinations that are none: neither a server nor a model; sessions come and go."""
    exact = [name for name in said.destinations if "*" not in name and not name.startswith("session:")]
    return [name for name in exact if name not in known and name.count(":") < 2]  # noqa: PLR2004 - model:PROVIDER:NAME


def vaults(places: Places) -> Iterator[Finding]:
    """Whether what pseudonyms stand for can be read. Raises `StoreError`."""
    if places.vaults.exists():
        Vaults(places.vaults).open("doctor")
        yield Finding(_SUBJECT, Level.OK, "What pseudonyms stand for can be read.")


def detection(places: Places, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether texts can be looked through: a failure keeps everything from leaving."""
    try:
        chosen = load(places, environ).names
    except ConfigError:
        return  # told already, with the policies
    # Loaded here, for the doctor alone: whether it works is only seen by using it.
    from roxy.privacy.detection.detector import Detector  # noqa: PLC0415
    from roxy.privacy.detection.engines.tagger import tagger_for  # noqa: PLC0415

    detector = Detector(tagger=tagger_for(chosen))
    try:
        detector.load()
        detector.find("Good morning, everybody: C1234567.")
    except RoxyError:
        raise
    except Exception as error:  # noqa: BLE001 - a border: whatever is broken in what was installed
        text = f"Detection fails ({type(error).__name__}), so nothing leaves for an external server or model."
        yield Finding("names", Level.WRONG, text, "Install Roxy again, with all that it needs.")
        return
    yield Finding("names", Level.OK, f"Found by {chosen}.")
