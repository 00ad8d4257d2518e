"""The fields of a form that a server wants filled in: how each is asked for, and what an answer means.

The form is a flat JSON Schema of texts, numbers, yes-or-no and choices (specification 2025-11-25, "elicitation";
SEP-1034 defaults, SEP-1330 choices). What a server writes is shown without control characters and cut to a length.
A `pattern` is left to the server to check: its regular expression could take for ever.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from roxy.errors import UsageError

MAX_FIELDS = 20
MAX_TEXT = 2000
_MAX_CHOICES = 100
_SECRET = re.compile(
    r"pass(word|phrase|code|wd)|\bpwd\b|secret|\btokens?\b|api.?key|access.?key|private.?key|credential|\bpin\b"
    r"|\bcv[vc]2?\b|security code|\botp\b|one.?time.?(code|password)|seed phrase|card number",
    re.IGNORECASE,
)
_WARNS = re.compile(
    r"\b(do not|don['\u2019]t|never) (enter|give|type|include|provide|share|send|use|put)\b[^.;:()]*", re.IGNORECASE
)
"""A warning against giving secrets, which asks for none: "do not enter your pin"."""
_YES = frozenset({"yes", "y", "true", "on", "1", "sure", "ok", "okay"})
_NO = frozenset({"no", "n", "false", "off", "0", "nope"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values, and how it is called."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form."""

    name: str
    schema: Mapping[str, Any]
    required: bool
    choices: Sequence[Choice] = ()
    """All there are; empty for a field of free text or a number."""

    @property
    def title(self) -> str:
        """What it is called."""
        return plain(self.schema.get("title")) or plain(self.name)

    @property
    def kind(self) -> str:
        """`string`, `number`, `integer`, `boolean` or `array` (several choices)."""
        return str(self.schema["type"])

    @property
    def has_default(self) -> bool:
        """Whether the server says what to take when nothing is said."""
        return "default" in self.schema

    @property
    def secret(self) -> bool:
        """Whether it looks like something that must never be asked for in a form."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", self.name)
        about = _WARNS.sub("", plain(self.schema.get("description")))
        told = [words, plain(self.schema.get("title")), about]
        return self.schema.get("format") == "password" or any(_SECRET.search(one) for one in told)

    def question(self) -> str:
        """How it is asked for: its name, what it is, and what may be answered."""
        about = plain(self.schema.get("description"))
        text = f"{self.title}{f' ({about})' if about else ''}?"
        if self.choices and self.kind != "boolean":
            text += "".join(f"\n  {number}. {one.title}" for number, one in enumerate(self.choices, 1))
        hints = []
        if self.kind == "array":
            hints.append("several, with commas between them")
        if self.has_default:
            hints.append(f"“default” for {self.shown(self.schema['default'])}")
        elif not self.required:
            hints.append("“skip” to leave it empty")
        return text + (f"\n[{'; '.join(hints)}]" if hints else "")

    def shown(self, value: Any) -> str:
        """A value as people read it."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return ", ".join(self.shown(one) for one in value) or "nothing"
        return next((one.title for one in self.choices if one.value == value), plain(str(value)))

    def value(self, text: str) -> Any:
        """What an answer means; raises `UsageError` that says what is wanted."""
        match self.kind:
            case "boolean":
                return self._yes_or_no(text)
            case "number" | "integer":
                return self._number(text)
            case "array":
                return self._several(text)
        return self._choice(text) if self.choices else self._text(text)

    def _yes_or_no(self, text: str) -> bool:
        said = text.strip().rstrip(".!").casefold()
        if said not in _YES | _NO:
            raise UsageError(f"{self.title} needs yes or no.")
        return said in _YES

    def _number(self, text: str) -> int | float:
        try:
            number = float(text.strip().replace(",", "."))
        except ValueError:
            number = math.nan
        whole = self.kind == "integer"
        if not math.isfinite(number) or (whole and not number.is_integer()):
            raise UsageError(f"{self.title} needs a {'whole ' * whole}number.")
        least, most = self.schema.get("minimum"), self.schema.get("maximum")
        if _is_outside(number, least, most):
            raise UsageError(f"{self.title} must be {_range(least, most)}.")
        return int(number) if whole else number

    def _several(self, text: str) -> list[str]:
        chosen = [self._choice(one) for one in text.split(",") if one.strip()]
        least, most = self.schema.get("minItems"), self.schema.get("maxItems")
        if _is_outside(len(chosen), least, most):
            raise UsageError(f"{self.title} needs {_range(least, most)} of them.")
        return list(dict.fromkeys(chosen))

    def _choice(self, text: str) -> str:
        said = text.strip().casefold()
        for one in self.choices:
            if said in (one.value.casefold(), one.title.casefold()):
                return one.value
        if said.isdecimal() and 1 <= int(said) <= len(self.choices):
            return self.choices[int(said) - 1].value
        raise UsageError(f"{self.title} is one of: {', '.join(one.title for one in self.choices)}.")

    def _text(self, text: str) -> str:
        if not text:
            raise UsageError(f"{self.title} needs an answer.")
        least, most = self.schema.get("minLength"), self.schema.get("maxLength")
        if _is_outside(len(text), least, most):
            raise UsageError(f"{self.title} needs {_range(least, most)} characters.")
        wanted, check = _FORMATS.get(str(self.schema.get("format")), ("", None))
        if check is not None and not check(text):
            raise UsageError(f"{self.title} needs {wanted}.")
        return text


def fields_of(schema: Any) -> list[FormField]:
    """The fields of a form; raises `UsageError` for a form that is none."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or not 0 < len(properties) <= MAX_FIELDS:
        raise UsageError("The form has no fields, or too many.")
    required = schema.get("required")
    needed = set(required) if isinstance(required, list) and all(isinstance(one, str) for one in required) else set()
    return [_field(name, about, required=name in needed) for name, about in properties.items()]


def plain(text: Any, limit: int = MAX_TEXT) -> str:
    """What a server says, as it may stand on a terminal: without control, format and private characters."""
    if not isinstance(text, str):
        return ""
    cut = text if len(text) <= limit else f"{text[:limit]}…"
    return "".join(one for one in cut if one == "\n" or unicodedata.category(one)[0] != "C").strip()


def _field(name: str, about: Any, *, required: bool) -> FormField:
    if not isinstance(about, Mapping):
        raise UsageError("The form has a field that is none.")
    kind = about.get("type", "string")
    if kind == "array":
        inside = about.get("items")
        choices = _choices(inside) if isinstance(inside, Mapping) else []
        if not choices:
            raise UsageError("The form has a list without choices.")
    elif kind in {"string", "number", "integer", "boolean"}:
        choices = _choices(about) if kind == "string" else []
    else:
        raise UsageError("The form has a field that is neither text nor number nor choice.")
    return FormField(name, {**about, "type": kind}, required, tuple(choices[:_MAX_CHOICES]))


def _choices(schema: Mapping[str, Any]) -> list[Choice]:
    titled = schema.get("oneOf", schema.get("anyOf"))
    if isinstance(titled, list):
        pairs = [(one.get("const"), one.get("title")) for one in titled if isinstance(one, Mapping)]
    else:
        pairs = _named(schema.get("enum"), schema.get("enumNames"))
    return [Choice(value, plain(title) or plain(value)) for value, title in pairs if isinstance(value, str)]


def _named(values: Any, names: Any) -> list[tuple[Any, Any]]:
    """Values with their names, in the older way of writing them: two lists."""
    if not isinstance(values, list):
        return []
    titles = names if isinstance(names, list) and len(names) == len(values) else values
    return list(zip(values, titles, strict=True))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_outside(number: float, least: Any, most: Any) -> bool:
    return bool((_is_number(least) and number < least) or (_is_number(most) and number > most))


def _range(least: Any, most: Any) -> str:
    if _is_number(least) and _is_number(most):
        return f"{least} to {most}"
    return f"at least {least}" if _is_number(least) else f"at most {most}"


def _is_address(text: str) -> bool:
    return re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text) is not None


def _is_uri(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme) and not any(one.isspace() for one in text)
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text.upper() or " " in text


_FORMATS: Mapping[str, tuple[str, Any]] = {
    "email": ("an e-mail address", _is_address),
    "uri": ("an address such as https://example.com", _is_uri),
    "date": ("a date such as 2026-03-31", _is_day),
    "date-time": ("a time such as 2026-03-31T09:30:00Z", _is_time),
}
