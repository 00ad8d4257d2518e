"""The policies that hold: read at the start and whenever their files change, checked against the declared servers."""

from collections.abc import Iterable, Mapping

from roxy.config.places import Places
from roxy.contracts.servers import ServerConfig
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import load


class Policies:
    """`book` is what holds; raises `ConfigError` at the start for what is wrong in the files."""

    def __init__(self, places: Places, environ: Mapping[str, str], configs: Iterable[ServerConfig]) -> None:
        self._places, self._environ = places, environ
        self.book = self.read()
        _check(self.book, configs)

    def read(self) -> Book:
        """What the files say now, which does not hold yet."""
        return Book(load(self._places, self._environ))

    def take(self, book: Book, configs: Iterable[ServerConfig]) -> bool:
        """Let `book` hold; whether it says anything new. Raises `ConfigError`, and then what held goes on to hold."""
        _check(book, configs)
        if book.said == self.book.said:
            return False
        self.book = book
        return True


def _check(book: Book, configs: Iterable[ServerConfig]) -> None:
    for config in configs:
        if config.privacy is not None:
            book.check(config.privacy, server=config.name, where=config.where)
