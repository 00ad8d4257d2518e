"""What the user says of themself: "my sister is called Ida", "I live in Bern", "I'm allergic to nuts".

Only whole plain statements count: no questions, nothing supposed, nothing denied. Each rule gives the fact in the
user's words, as they are told back, and a slot: two facts of one slot contradict each other. Slots of which there may
be several (allergies) hold their value. No model is needed; what the rules do not know they leave alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|[;\n]+")
_LEAD = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|so|well|oh|yes|no|and|by the way|btw|fyi|actually|you know|also|roxy)[,!\s]+)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:,|\s+(?:and|but|so|because|since|which|that|while|when|if|though|although|until|by the way|now|too|as well)\b)"
    r".*$",
    re.IGNORECASE | re.DOTALL,
)
_VAGUE = frozenset(
    """it that this there here them they these those something someone anything nothing everything a the my his her our
    your its not what where who how one same very really so too just still also with for about""".split()  # noqa: SIM905 -- thirty quotation marks say no more
)
"""What a value is not, alone or before others of its kind."""
_MOST_WORDS = 7
_MOST_CHARACTERS = 80
_WHOSE = r"(?P<whose>[^\W\d_][\w'\N{RIGHT SINGLE QUOTATION MARK}-]*(?: [^\W\d_][\w-]*)?)"
_KIN = (
    "mother|mum|mom|father|dad|sister|brother|wife|husband|partner|girlfriend|boyfriend|fiancee|fiance|son|daughter|"
    "child|baby|grandmother|grandma|grandfather|grandpa|aunt|uncle|cousin|niece|nephew|boss|best friend|flatmate|"
    "roommate|neighbour|neighbor"
)
_KNOWN = "doctor|dentist|vet|landlord|landlady|hairdresser|teacher|boss|manager|therapist|accountant"
_DATE = r"(?P<value>(?:the )?(?:\d|[^\W\d_]+ \d).*|(?:the )?\w+ (?:of )?[^\W\d_]+.*)"
_VALUE = r"(?P<value>.+)"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that could be remembered."""

    slot: str
    """What it is about: `home`, `sister.name`, `allergy.nuts`; no two facts of one slot are so at the same time."""
    value: str
    text: str
    """As the user says it."""
    told: str
    """As it is told to the user: "your sister is called Ida"."""


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    slot: str
    text: str
    told: str


def _rule(pattern: str, slot: str, text: str, told: str) -> _Rule:
    return _Rule(re.compile(f"^{pattern}$", re.IGNORECASE | re.DOTALL), slot, text, told)


_IM = r"(?:i'?m|i am)"
_RULES = (
    _rule(
        rf"my {_WHOSE} (?:is|are) (?:called|named) {_VALUE}",
        "{whose}.name",
        "my {whose} is called {value}",
        "your {whose} is called {value}",
    ),
    _rule(
        rf"my {_WHOSE}'s name is {_VALUE}",
        "{whose}.name",
        "my {whose} is called {value}",
        "your {whose} is called {value}",
    ),
    _rule(
        rf"my {_WHOSE}'s birthday is (?:on )?{_DATE}",
        "{whose}.birthday",
        "my {whose}'s birthday is on {value}",
        "your {whose}'s birthday is on {value}",
    ),
    _rule(
        rf"my (?P<whose>{_KIN}) (?:lives|is living) {_VALUE}",
        "{whose}.home",
        "my {whose} lives {value}",
        "your {whose} lives {value}",
    ),
    _rule(
        rf"my (?P<whose>{_KIN}) is allergic to {_VALUE}",
        "{whose}.allergy.{value}",
        "my {whose} is allergic to {value}",
        "your {whose} is allergic to {value}",
    ),
    _rule(r"my birthday is (?:on )?" + _DATE, "birthday", "my birthday is on {value}", "your birthday is on {value}"),
    _rule(r"i was born on " + _DATE, "birthday", "my birthday is on {value}", "your birthday is on {value}"),
    _rule(
        rf"my favou?rite (?P<whose>\w+(?: \w+)?) is {_VALUE}",
        "favourite {whose}",
        "my favourite {whose} is {value}",
        "your favourite {whose} is {value}",
    ),
    _rule(rf"my (?P<whose>{_KNOWN}) is {_VALUE}", "{whose}.name", "my {whose} is {value}", "your {whose} is {value}"),
    _rule(
        r"(?:i|we) (?:now )?live (?P<value>(?:in|at|on|near|outside) .+)", "home", "I live {value}", "you live {value}"
    ),
    _rule(r"(?:i|we)(?:'ve| have)?(?: just)? moved to " + _VALUE, "home", "I live in {value}", "you live in {value}"),
    _rule(
        r"(?:i come|" + _IM + r") (?:originally )?from " + _VALUE, "origin", "I am from {value}", "you are from {value}"
    ),
    _rule(r"i (?:now )?work (?P<value>(?:at|for|as) .+)", "work", "I work {value}", "you work {value}"),
    _rule(rf"{_IM} allergic to {_VALUE}", "allergy.{value}", "I am allergic to {value}", "you are allergic to {value}"),
    _rule(
        rf"{_IM} (?:a )?(?P<value>vegetarian|vegan|pescatarian|coeliac|celiac|diabetic)",
        "diet",
        "I am {value}",
        "you are {value}",
    ),
    _rule(
        r"i (?:don'?t|do not|can'?t|cannot|never) eat " + _VALUE,
        "no food.{value}",
        "I do not eat {value}",
        "you do not eat {value}",
    ),
)


def facts(said: str) -> Sequence[Fact]:
    """The facts about the user in an utterance, in order, each slot once."""
    found: dict[str, Fact] = {}
    for sentence in _SENTENCE_END.split(said.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")):
        fact = None if sentence.rstrip().endswith("?") else _fact(sentence)
        if fact is not None:
            found.setdefault(fact.slot, fact)
    return list(found.values())


def _fact(sentence: str) -> Fact | None:
    plain = _LEAD.sub("", " ".join(sentence.split())).rstrip(" .!")
    for rule in _RULES:
        if match := rule.pattern.match(plain):
            value = _TAIL.sub("", match["value"]).strip(" ,.:\"'")
            if not _is_value(value):
                continue
            parts = {"value": value, "whose": (match.groupdict().get("whose") or "").lower()}
            slot = rule.slot.format(value=value.casefold(), whose=parts["whose"])
            return Fact(slot[:120], value, rule.text.format(**parts), rule.told.format(**parts))
    return None


def _is_value(value: str) -> bool:
    words = value.lower().split()
    if not words or len(words) > _MOST_WORDS or len(value) > _MOST_CHARACTERS:
        return False
    return any(word not in _VAGUE for word in words) and words[0] not in {"not", "what", "where", "who", "how"}
