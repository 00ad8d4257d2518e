"""What a request is about, beyond its own words: one about cooking should know of an allergy.

What sounds like a secret is never put before a model unasked: the privacy gateway cannot know that "Tulip-77" is a
password. The user can still ask for it, and the memory skill answers without a model.
"""

import re
from collections.abc import Sequence

from roxy.conversation.longterm.search import telling_words

_TOPICS = (
    (
        frozenset(
            [
                "eat",
                "eating",
                "cook",
                "cooking",
                "recipe",
                "recipes",
                "meal",
                "meals",
                "dinner",
                "lunch",
                "breakfast",
                "food",
                "foods",
                "restaurant",
                "restaurants",
                "menu",
                "snack",
                "dish",
                "bake",
                "baking",
                "takeaway",
                "groceries",
            ]
        ),
        ("allergic", "vegetarian", "vegan", "eat"),
    ),
    (
        frozenset(["medicine", "medication", "pill", "pills", "drug", "drugs", "doctor", "pharmacy"]),
        ("allergic", "diabetic"),
    ),
    (
        frozenset(["gift", "gifts", "present", "presents", "party", "celebrate", "celebration"]),
        ("birthday", "favourite"),
    ),
    (frozenset(["near", "nearby", "local", "weather", "commute", "neighbourhood", "neighborhood"]), ("live", "work")),
)
"""Words of a request, and the words of remembered things that matter to it."""
_SECRET = re.compile(
    r"\b(?:pass ?words?|pass ?phrases?|pass ?codes?|pins?|codes?|tokens?|secrets?|combination|"
    r"(?:api|licen[cs]e|access|private|recovery|wi-?fi|network) keys?|"
    r"iban|card number|account number|credentials?|logins?|cvc|cvv|seed phrase)\b",
    re.IGNORECASE,
)


def asked_words(said: str) -> Sequence[str]:
    """The words to look for."""
    words = telling_words(said)
    more = [word for asked, wanted in _TOPICS if not asked.isdisjoint(words) for word in wanted]
    return list(dict.fromkeys([*more, *words]))


def is_secret(text: str) -> bool:
    """Whether a remembered thing sounds like a password or the like."""
    return _SECRET.search(text) is not None
