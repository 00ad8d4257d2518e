"""What stands for a value where a tool's schema demands a form that no pseudonym has.

All of them are from ranges that are reserved or that nobody is given, so they reach nobody: e-mail at `.invalid`
(RFC 2606), telephone 555-01XX of the North American plan, IPv4 and IPv6 for documentation (RFC 5737, RFC 3849), cards
of a range without an issuer (they pass the Luhn check), IBANs of the country XX, US social security numbers with the
area 000, dates of the years 1 to 999, UUIDs of version 8 (RFC 9562) with one node; for numbers see `forms.numbers`.
They are looked for before anything is detected, so that redacting again changes nothing. There are few of some (768
IPv4 addresses): a session that has used them all is blocked.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

from roxy.privacy import pseudonyms
from roxy.privacy.forms import numbers

PLAIN = ""
"""The form of a pseudonym without a demand."""
EMAIL = "email"
_CARD, _IBAN_COUNTRY, _NODE = "999999", "XX", "0ddc0ffee0dd"
_NETS = ("192.0.2", "198.51.100", "203.0.113")


def _phone(number: int) -> str:
    area = 200 + number % 800
    area += area % 100 == 11  # noqa: PLR2004 - N11 are services
    return f"{area}55501{number // 800 % 100:02d}"


def _local(number: int, form: str) -> str:
    digits = _phone(number)
    return form.format(digits[:3], digits[3:6], digits[6:])


def _card(number: int) -> str:
    digits = f"{_CARD}{number % 10**9:09d}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _iban(number: int) -> str:
    account = f"{number % 10**14:014d}"
    return f"{_IBAN_COUNTRY}{98 - int(f'{account}333300') % 97:02d}{account}"


def _fours(digits: str, between: str) -> str:
    return between.join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _day(number: int, form: str) -> str:
    """Day and month are both at most 12, whichever stands first."""
    return form.format(number % 12 + 1, number // 12 % 12 + 1, number // 144 % 999 + 1)


def _date(number: int) -> str:
    return f"{number % 999 + 1:04d}-{number // 999 % 12 + 1:02d}-{number // 11_988 % 28 + 1:02d}"


def _uuid(number: int) -> str:
    digits = f"{number % 16**18:018x}"
    return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-8{digits[15:18]}-{_NODE}"


def _mail(number: int) -> str:
    return "rx" + "".join(pseudonyms.ALPHABET[number >> 5 * place & 31] for place in range(10)) + "@r.invalid"


def _name(number: int) -> str:
    return "Rxname " + "".join(chr(ord("a") + number // 26**place % 26) for place in range(12))


def _digits(length: int, number: int) -> str:
    """As the numbers that stand for numbers: see `forms.numbers`."""
    return f"999{number % 10 ** (length - 3):0{length - 3}d}"


_MAKERS: Mapping[str, Callable[[int], str]] = {
    "phone": lambda number: f"+1{_phone(number)}",
    "phone11": lambda number: f"1{_phone(number)}",
    "phone10": _phone,
    "phone-": lambda number: _local(number, "{}-{}-{}"),
    "phone()": lambda number: _local(number, "({}) {}-{}"),
    "mail": _mail,
    "card": _card,
    "card-": lambda number: _fours(_card(number), "-"),
    "card ": lambda number: _fours(_card(number), " "),
    "iban": _iban,
    "date": _date,
    "date-time": lambda number: f"{_date(number)}T00:00:00Z",
    "date/": lambda number: _day(number, "{:02d}/{:02d}/{:04d}"),
    "date.": lambda number: _day(number, "{:02d}.{:02d}.{:04d}"),
    "uuid": _uuid,
    "ipv4": lambda number: f"{_NETS[number % 3]}.{number // 3 % 256}",
    "ipv6": lambda number: f"2001:db8::{number % 65_536:x}:{number // 65_536 % 65_536:x}",
    "ssn": lambda number: f"000-{number % 99 + 1:02d}-{number // 99 % 9999 + 1:04d}",
    "name": _name,
    **{f"digits{length}": partial(_digits, length) for length in range(8, 16)},
}
_DIGITS = tuple(f"digits{length}" for length in range(8, 16))
_FORMS_OF: Mapping[str, tuple[str, ...]] = {
    "EMAIL_ADDRESS": (EMAIL, "mail"),
    "PHONE_NUMBER": ("phone", "phone11", "phone10", "phone-", "phone()", *_DIGITS),
    "CREDIT_CARD": ("card", "card-", "card ", *_DIGITS),
    "IBAN_CODE": ("iban",),
    "DATE_OF_BIRTH": ("date", "date-time", "date/", "date.", *_DIGITS),
    "IP_ADDRESS": ("ipv4", "ipv6"),
    "US_SSN": ("ssn", *_DIGITS),
    "PERSON": ("name",),
    "LOCATION": ("name",),
    "ORGANIZATION": ("name",),
    "ADDRESS": ("name",),
    "PASSPORT": _DIGITS,
    "ACCOUNT": _DIGITS,
    "ID": _DIGITS,
}
_ANYTHING = ("uuid",)
SHAPE = re.compile(
    rf"""(?<![\w.+-])(?:
      \+?1?[2-9]\d\d55501\d\d | {_CARD}\d{{10}} | {_IBAN_COUNTRY}\d{{16}} | 0\d\d\d-\d\d-\d\d(?:T00:00:00Z)?
    | [0-9a-f]{{8}}-[0-9a-f]{{4}}-8[0-9a-f]{{3}}-8[0-9a-f]{{3}}-{_NODE}
    | (?:{"|".join(map(re.escape, _NETS))})\.\d{{1,3}} | 2001:db8::[0-9a-f]{{1,4}}:[0-9a-f]{{1,4}}
    | 000-\d\d-\d\d\d\d | Rxname\ [a-z]{{12}} | {numbers.SHAPE} | rx[0-9a-z]{{10}}@r\.invalid
    | [2-9]\d\d-555-01\d\d | \([2-9]\d\d\)\ 555-01\d\d
    | 9999-99\d\d-\d{{4}}-\d{{4}} | 9999\ 99\d\d\ \d{{4}}\ \d{{4}} | \d\d/\d\d/0\d\d\d | \d\d\.\d\d\.0\d\d\d
    )(?:(?![\w-])|(?<=-\d\d)(?=T))""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""What may be one of them; whether it is, the vault of the session knows."""
_DAY, _DAY_AND_TIME = len("0001-01-01"), len("0001-01-01T00:00:00Z")
_FORMATS: Mapping[str, re.Pattern[str]] = {
    "email": re.compile(r"[^@\s]+@[^@\s]+"),
    "idn-email": re.compile(r"[^@\s]+@[^@\s]+"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\d[T ]\S+"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "ipv4": re.compile(r"\d+(?:\.\d+){3}"),
    "ipv6": re.compile(r"[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"),
    **dict.fromkeys(("uri", "iri", "url"), re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")),
    **dict.fromkeys(("uri-reference", "iri-reference"), re.compile(r"\S*")),
    **dict.fromkeys(("phone", "tel", "telephone", "phone-number"), re.compile(r"\+?[\d ()./-]+")),
    "e164": re.compile(r"\+[1-9]\d{6,14}"),
    "hostname": re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"),
    "idn-hostname": re.compile(r"[^\s/@:]+"),
    "time": re.compile(r"\d\d:\d\d\S*"),
    "duration": re.compile(r"P\S+"),
    "byte": re.compile(r"[A-Za-z0-9+/=_-]*"),
}
_MOMENT = 0.05
"""Seconds for one look at a short text."""
_LONGEST_PATTERN = 1_000
_MOST_SLOW = 20
"""After so many patterns that took too long no more are tried: somebody makes them."""
_slow: set[str] = set()
_DEMANDS = ("format", "pattern", "maxLength", "minLength")
_DEMANDED = frozenset(_DEMANDS)


def make(form: str, key: bytes, value: str, attempt: int) -> str:
    """The surrogate of `value` in this form, under a session's key; `attempt` is counted up when two values collide."""
    number = pseudonyms.number(key, f"{form}\0{value}", attempt)
    return numbers.make(form, number) if form.startswith(numbers.NUMBER) else _MAKERS[form](number)


def known_as(value: str, form: str) -> str:
    """How a value of this form is looked for in texts."""
    return numbers.bare(value) if form.startswith(numbers.NUMBER) else value


def is_own_word(value: str | float, schema: Mapping[str, Any]) -> bool:
    """Whether it is one of the words that the tool itself gives to choose from."""
    options = schema.get("enum")
    return ("const" in schema and schema["const"] == value) or (isinstance(options, list) and value in options)


def demands(schema: Mapping[str, Any]) -> bool:
    """Whether the schema of a leaf demands a form at all."""
    return not _DEMANDED.isdisjoint(schema)


def asked_form(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """All that a schema demands of the form of a leaf, to tell it from other demands."""
    if _DEMANDED.isdisjoint(schema):
        return ()
    return tuple(f"{name}={schema[name]!r}" for name in _DEMANDS if name in schema)


def form_for(schema: Mapping[str, Any] | None, kind: str, *, before: str = "", after: str = "") -> str:
    """The form in which a value of this type fits the schema; `PLAIN` also when none does.

    `before` and `after` are what stands round it in the text that is to fit.
    """
    if schema is None or not demands(schema):
        return PLAIN
    for form in (PLAIN, *_FORMS_OF.get(kind, ()), *_ANYTHING):
        sample = _sample(form, kind)
        if not misfit(f"{before}{sample}{after}", schema) and _comes_back(form, sample, before, after):
            return form
    return PLAIN


def _comes_back(form: str, sample: str, before: str, after: str) -> bool:
    """Whether it would be found again between these: most have no beginning and no end of their own."""
    at = len(before)
    return form in (PLAIN, EMAIL) or (at, at + len(sample)) in with_days(spans(f"{before}{sample}{after}"))


def _sample(form: str, kind: str) -> str:
    if form in (PLAIN, EMAIL):
        return pseudonyms.make(b"sample", "", kind, inbox=form == EMAIL)
    return make(form, b"sample", "", 0)


def misfit(text: str, schema: Mapping[str, Any]) -> str:
    """What of the schema `text` does not fit: "its format", "its pattern", "its 15 characters"; empty when it fits."""
    longest, shortest = schema.get("maxLength"), schema.get("minLength")
    if isinstance(longest, int) and len(text) > longest:
        return f"the {longest} characters that the tool takes"
    if isinstance(shortest, int) and len(text) < shortest:
        return f"the {shortest} characters that the tool wants"
    wanted = _FORMATS.get(str(schema.get("format")))
    if wanted is not None and not wanted.fullmatch(text):
        return f"the format {schema['format']} that the tool takes"
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not matches(pattern, text):
        return "the pattern that the tool gives"
    return ""


def matches(pattern: str, text: str) -> bool:
    """By RE2, for the pattern is a server's and may be made to take for ever.

    What RE2 cannot do (programs write patterns that look ahead) is tried for a moment; what is unknown never fits.
    """
    compiled = _compiled(pattern)
    if compiled is not None:
        return compiled.search(text) is not None
    if pattern in _slow or len(_slow) >= _MOST_SLOW:
        return False
    looking = _compiled_to_look_ahead(pattern)
    try:
        return looking is not None and looking.search(text, timeout=_MOMENT) is not None
    except TimeoutError:
        _slow.add(pattern)
        return False


@lru_cache(maxsize=500)
def _compiled(pattern: str) -> Any:
    # Few schemas have a pattern, and every start pays for what is imported above.
    import re2  # noqa: PLC0415

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


@lru_cache(maxsize=500)
def _compiled_to_look_ahead(pattern: str) -> Any:
    # Fewer still; it comes with Presidio.
    import regex  # noqa: PLC0415

    try:
        return regex.compile(pattern) if len(pattern) <= _LONGEST_PATTERN else None
    except (regex.error, RecursionError, OverflowError):
        return None


def spans(text: str) -> list[tuple[int, int]]:
    """Where a surrogate may stand."""
    return [found.span() for found in SHAPE.finditer(text)]


def with_days(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same, and of what is as long as a day with a time the day by itself: another time may stand behind it."""
    known = list(spans)
    return [*((at, at + _DAY) for at, end in known if end - at == _DAY_AND_TIME), *known]
