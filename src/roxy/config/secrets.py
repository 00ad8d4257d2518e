"""References to the environment, the only form in which a secret may stand in a file.

`${NAME}` is the value of an environment variable, `${NAME:-default}` with a default when it is not set or empty (as in
a shell), `$${` a literal `${`. A variable that is set to nothing counts as not set: an empty key is no key.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from roxy.contracts.servers import ServerConfig

_REFERENCE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_SECRET_NAME = re.compile(
    r"(?:^|[_\-.])(?:token|secret|passw(?:or)?d|passphrase|api[_\-]?key|access[_\-]?key|private[_\-]?key|"
    r"credentials?|authorization|auth|key|pat)$",
    re.IGNORECASE,
)
_TOKEN_SHAPES = re.compile(
    r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|fc-|dsa_|npm_|pypi-|hf_|AKIA|ASIA|AIza|eyJ)"
    r"(?=[A-Za-z_\-]*\d)[A-Za-z0-9_\-]{12,}"
)
_USERINFO = re.compile(r"://[^/@:\s]*:([^/@\s]+)@")
_SHORTEST = 8
"""Characters below which a value is a word, not a secret; replacing such words everywhere would garble texts."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A reference to an environment variable, as it stands in a file; the value is looked up when it is used."""

    name: str
    default: str | None = None

    def value(self, environ: Mapping[str, str]) -> str | None:
        """What it stands for now: the variable, else the default, else None."""
        return environ.get(self.name) or self.default


def references(text: str) -> list[SecretRef]:
    """The references in `text`, in order."""
    return [SecretRef(match[1], match[2]) for match in _REFERENCE.finditer(text) if match[1]]


def fill(text: str, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """`text` with its references replaced, and the names of those variables that are not set and have no default."""
    missing: list[str] = []

    def replace(match: re.Match[str]) -> str:
        if not match[1]:
            return "${"
        found = SecretRef(match[1], match[2]).value(environ)
        if found is None:
            missing.append(match[1])
        return found or ""

    return _REFERENCE.sub(replace, text) if "${" in text else text, missing


def show(text: str, environ: Mapping[str, str]) -> str:
    """`text` for people: references stay references, each with a word on whether it is set, and no values."""

    def describe(match: re.Match[str]) -> str:
        if not match[1]:
            return match[0]
        if environ.get(match[1]):
            return f"{match[0]} (set)"
        return f"{match[0]} (not set)" if match[2] is None else f"{match[0]} (not set: its default)"

    return _REFERENCE.sub(describe, text)


def secret_name(name: str) -> bool:
    """Whether a key, header or variable of this name usually holds a secret."""
    return bool(_SECRET_NAME.search(name))


def looks_secret(name: str, text: str) -> bool:
    """Whether `text`, written out under the key `name`, is probably a secret that should be a reference.

    Token shapes and passwords in addresses count anywhere; under the name of a secret also whatever is long and holds
    both letters and digits.
    """
    literal = _REFERENCE.sub(lambda match: match[2] or "", text)
    userinfo = _USERINFO.search(text)
    if _TOKEN_SHAPES.search(literal) or (userinfo and not references(userinfo[1])):
        return True
    words = literal.split()
    return secret_name(name) and any(_random(word) for word in words)


def known_secret_values(environ: Mapping[str, str], configs: Iterable[ServerConfig]) -> dict[str, str]:
    """The secrets this process knows, by the name under which it knows them, in lower case.

    They are variables named as secrets, what servers are given under such names, and passwords in URLs. For the
    privacy gateway and the log redactor, which never let the values out.
    """
    known: dict[str, str] = {}
    for name, value in _suspects(environ, configs):
        if len(value) >= _SHORTEST and value not in known.values():
            known[_free(name.lower(), known)] = value
    return known


def _suspects(environ: Mapping[str, str], configs: Iterable[ServerConfig]) -> list[tuple[str, str]]:
    pairs = list(environ.items())
    for config in configs:
        pairs += config.env.items()
        pairs += ((name, word) for name, value in config.headers.items() for word in value.split())
    named = [(name, value) for name, value in pairs if secret_name(name)]
    return named + [(name, password) for name, value in pairs for password in _USERINFO.findall(value)]


def _free(name: str, taken: Mapping[str, str]) -> str:
    """`name`, or with a number behind it when another value has it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _random(word: str) -> bool:
    if len(word) < _SHORTEST or word.startswith(("/", "~", "./", "http://", "https://")):
        return False
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
