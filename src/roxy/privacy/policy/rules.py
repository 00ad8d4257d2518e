"""What a policy is: rules that are tried in their order, then what is said of each type, then one word for the rest."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from roxy.privacy import pseudonyms
from roxy.privacy.binary import BINARY

SECRET = "SECRET"  # noqa: S105 - the name of a type, not a secret
FREE = frozenset({"LOCATION", "ORGANIZATION", "DATE", "DATE_TIME", "URL", "NRP"})
"""Types that say little of a person by themselves: cities, dates, organisations, plain links."""
TYPES = tuple(sorted({*pseudonyms.LABELS, *FREE, SECRET, BINARY} - {"LITERAL"}))
"""The types that a policy may name."""
ANY = "*"
_BARE = re.compile(r"(?=.*[A-Za-z])[A-Za-z/_][\w/_-]*", re.ASCII)
LOCAL = "local"
"""The policy of servers declared `external: false` that name none: real values, but none that is put into a link."""


class Action(StrEnum):
    """What becomes of a value that was found."""

    ALLOW = "allow"
    """It leaves as it is."""
    PSEUDONYMISE = "pseudonymise"
    """A pseudonym leaves in its place, and is put back in what the user sees."""
    MASK = "mask"
    """Its type leaves in its place; nothing puts it back."""
    HASH = "hash"
    """A keyed digest leaves in its place: equal values can be told from others; nothing puts it back."""
    ASK = "ask"
    """The user is asked whether it may leave; what they answer with `always` is remembered."""
    BLOCK = "block"
    """Nothing leaves at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; what it does not name matches everything, secrets aside."""

    action: Action
    tools: tuple[str, ...] = ()
    """Names of tools, `*` for any letters."""
    paths: tuple[tuple[str, ...], ...] = ()
    """JSON Pointers cut into their parts, `*` for any part. A path counts for all that is below it, too."""
    types: frozenset[str] = frozenset()
    where: str = ""
    """Where it was written, for `roxy privacy explain`."""

    def for_tool(self, tool: str | None) -> bool:
        """Whether it says anything about this tool; a text for a model has none."""
        return not self.tools or (tool is not None and any(fnmatchcase(tool, one) for one in self.tools))

    def matches(self, kind: str, path: Sequence[str]) -> bool:
        """Whether it says what becomes of a value of this type at this path."""
        typed = kind in self.types if self.types else kind != SECRET
        return typed and (not self.paths or any(covers(one, path) for one in self.paths))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A named policy."""

    name: str
    rules: tuple[Rule, ...] = ()
    types: Mapping[str, Action] = field(default_factory=dict)
    other: Action = Action.PSEUDONYMISE
    """What becomes of the types that `types` does not name."""
    guards: bool = True
    """Whether it asks where a value came from before it lets it leave; `off` does not."""
    base: str = ""
    """The preset it stands on."""


def parts(pointer: str) -> tuple[str, ...]:
    """The parts of a JSON Pointer (RFC 6901)."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def covers(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Whether `path` is what `pattern` names, or below it."""
    return len(path) >= len(pattern) and all(one in (ANY, part) for one, part in zip(pattern, path, strict=False))


def allowing(destination: str, tool: str, path: str, kind: str) -> str:
    """How `privacy.yaml` says that a type may stand at a place of a tool, as one line to copy."""
    anywhere = "/".join(ANY if part.isdigit() else part for part in path.split("/"))
    which = f"tool: {_quoted(tool)}, " if tool else ""
    place = f"path: {_quoted(anywhere)}, " if anywhere else ""
    rule = f"{{{which}{place}types: {kind}, action: allow}}"
    return f"allow it in privacy.yaml: destinations: {{{_quoted(destination)}: {{rules: [{rule}]}}}}"


def lifting(destination: str) -> str:
    """How `privacy.yaml` says that a destination gets whatever is no secret, as one line to copy."""
    return f"in privacy.yaml: destinations: {{{_quoted(destination)}: {{policy: off}}}}"


def _quoted(word: str) -> str:
    """As YAML reads it back, whatever is in it."""
    return word if _BARE.fullmatch(word) else json.dumps(word)


_SENDING = ("*send*", "*mail*", "*message*", "*sms*", "*invite*", "*forward*", "*reply*", "*share*", "*dial*")
_RECIPIENTS = (
    "to",
    "cc",
    "bcc",
    "recipient",
    "recipients",
    "to_email",
    "email_to",
    "phone_to",
    "to_number",
    "attendees",
)
_ASKED = Rule(
    action=Action.ASK,
    tools=_SENDING,
    paths=tuple((name,) for name in _RECIPIENTS),
    types=frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER", "PERSON"}),
    where="the preset balanced",
)
_BLOCKED = {BINARY: Action.BLOCK}
PRESETS: Mapping[str, Policy] = {
    "strict": Policy(
        name="strict", base="strict", types=dict.fromkeys(("DATE", "DATE_TIME", "URL"), Action.ALLOW) | _BLOCKED
    ),
    "balanced": Policy(
        name="balanced", base="balanced", rules=(_ASKED,), types=dict.fromkeys(FREE, Action.ALLOW) | _BLOCKED
    ),
    "off": Policy(name="off", base="off", other=Action.ALLOW, guards=False),
}
"""`strict`: cities and organisations are replaced, too. `balanced`: they pass, so that weather and search work, and
whom a message goes to is asked for. `off`: all leaves but secrets."""
OF_OWN_SERVERS = Policy(name=LOCAL, base=LOCAL, types={SECRET: Action.ALLOW}, other=Action.ALLOW, guards=False)
"""What `LOCAL` names; no file can name it."""
