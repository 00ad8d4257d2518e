"""The gateway of a command: with the user's policies, dictionary and answers. Its pseudonyms end with the command."""

import os
from collections.abc import Iterable

from roxy.cli.opening import here
from roxy.config.secrets import known_secret_values
from roxy.config.settings import load_settings
from roxy.config.trust import TrustFile
from roxy.contracts.servers import ServerConfig
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


def book() -> Book:
    """The policies; raises `ConfigError` for what is wrong in the files."""
    return Book(load(here(), os.environ))
