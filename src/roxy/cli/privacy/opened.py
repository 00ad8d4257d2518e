"""The gateway of a command: with the user's policies, dictionary and answers. Its pseudonyms end with the command."""

import os
from collections.abc import Iterable

from roxy.cli.opening import here
from roxy.config.secrets import known_secret_values
from roxy.config.settings import load_settings
from roxy.config.trust import TrustFile
from roxy.contracts.servers import ServerConfig
from roxy.errors import UnusableModel
from roxy.privacy.detection.engines.chosen import Chosen
from roxy.privacy.detection.engines.tagger import tagger_for
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import load


def gateway(configs: Iterable[ServerConfig] = ()) -> PrivacyGateway:
    """Decides as Roxy does; it also knows the secrets of the environment and of the servers `configs`."""
    places = here()
    name = load_settings(places, os.environ).user.name
    return PrivacyGateway(
        names=[name] if name else (),
        known_secrets=known_secret_values(os.environ, configs),
        book=book(),
        grants=TrustFile(places.trust_file),
    )


def names_found_by(chosen: Chosen) -> str:
    """Which model finds names, and what is wrong with it: it is loaded to see."""
    try:
        tagger = tagger_for(chosen)
        if tagger is not None:
            tagger.load()
    except UnusableModel as error:
        return f"{chosen}, which cannot be used, so what would leave is blocked. {error}"
    return str(chosen)


def book() -> Book:
    """The policies; raises `ConfigError` for what is wrong in the files."""
    return Book(load(here(), os.environ))
