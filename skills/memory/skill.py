"""Remember, recall, list and forget; the words are kept as they were said and turned to the user when they are told.

A question is answered in this order: its content words are searched by full text; the items found are ordered by how
many of those words they hold; the best is told with the day on which it was said. An item that holds only some of the
words is told as a guess, since "my email password" must not pass for "my wifi password".
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.skills import NOT_MINE, MemoryItem

_SMALL = frozenset(
    word
    for line in (
        "a about again all am an and any anything are as asked at be been can could did do does else everything for",
        "from get give had has have hey how i in into is it its know look me memory mention mentioned mine my name of",
        "on or our please put recall remember remind roxy said say search show some something still tell that the",
        "their there they thing things this to told up us was we were what when where which who why will with would",
        "you your whats wheres whos whens hows im dont didnt thats",
    )
    for word in line.split()
)
_TURNS = {
    "i am": "you are", "i'm": "you are", "i was": "you were", "am i": "are you", "was i": "were you",
    "i've": "you have", "i'll": "you will", "i'd": "you would", "i": "you", "me": "you", "my": "your", "mine": "yours",
    "myself": "yourself", "we": "you", "us": "you", "our": "your", "ours": "yours", "ourselves": "yourselves",
    "you are": "I am", "you're": "I am", "your": "my",
}  # fmt: skip
_LONGEST_FIRST = "|".join(sorted(map(re.escape, _TURNS), key=len, reverse=True))
_PRONOUN = re.compile(rf"(?<![\w@.'/-])({_LONGEST_FIRST})(?![\w@'/-])(?!\.\w)", re.IGNORECASE)
_SECRET = re.compile(r"\b(password|passphrase|pass ?code|pin|code|key|token)\b", re.IGNORECASE)
_SENTENCE = re.compile(
    r"^(?:i|we|you|he|she|they|it)\b|\b(?:is|are|was|were|has|have|had|am|will|can|does|did|do|don't|isn't|goes|says?|"
    r"likes?|loves?|hates?|lives?|needs?|wants?|works?|comes?|takes?|costs?|prefers?|parked|called|needs|means?)\b|\w's\b",
    re.IGNORECASE,
)
"""What can stand after "that": "bins on Tuesday" cannot."""
_ALL = frozenset(("all", "both", "all of them", "both of them", "everything", "every one"))
_NONE = frozenset(("none", "no", "neither", "nothing", "none of them"))
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")
_LATEST = frozenset(("it", "that", "this", "that one", "the last thing", "what i just said", "the last one"))
_MANY = 6
_MOST_ABOUT = 100
_LOOKED_THROUGH = 500
"""When full text finds nothing, the newest are compared word by word, since endings are cut differently here."""

_SHORT_WORD = 3


def turned(text: str) -> str:
    """`text` as it is told back to the one who said it: "my keys" becomes "your keys"."""
    return _PRONOUN.sub(lambda found: _TURNS[found.group().lower()], text)


def content_words(text: str) -> list[str]:
    """The words of a question that say what it is about, in lower case, each once."""
    text = re.sub(r"(?<=\w)-(?=\w)", "", text)  # "wi-fi" and "wifi" are one word
    words = (re.sub(r"['’]s?$", "", word) for word in re.findall(r"[\w'’@.-]*\w", text.casefold()))  # noqa: RUF001  # typed
    return list(dict.fromkeys(word for word in words if word and word not in _SMALL))


def coverage(words: Sequence[str], text: str) -> float:
    """Which share of `words` stands in `text`, endings aside; 1.0 without words."""
    there = content_words(text)
    return sum(any(_alike(word, other) for other in there) for word in words) / len(words) if words else 1.0


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) <= _SHORT_WORD:
        return long in (short, f"{short}s")
    return long.startswith(short[:-1]) and len(long) - len(short) <= _SHORT_WORD


def day(at: datetime, now: datetime) -> str:
    """When something was said, seen from `now`: "today", "yesterday", "on 3 May", "on 3 May 2025"."""
    at = at.astimezone(now.tzinfo)
    ago = (now.date() - at.date()).days
    if ago in (0, 1):
        return ("today", "yesterday")[ago]
    return f"on {at.day} {at:%B}" + ("" if at.year == now.year else f" {at.year}")


class MemorySkill(RoxySkill):
    """What the user asked to remember."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Do what the intent says; a question without an answer is a failure with the code `not_found`."""
        return await _INTENTS[context.intent](context)


async def _remember(context: SkillContext) -> SkillResult:
    fact = _stated(context.parameters, context.understood or context.user_input)
    for item in await context.memory.search(fact, 5):
        if item.text.casefold() == fact.casefold():
            return SkillResult(True, f"I know, you told me {day(item.at, context.now)}.", {"id": item.id})
    id_ = await context.memory.remember(fact)
    data = {"id": id_, "text": fact}
    if fact.casefold().startswith("to "):
        return SkillResult(
            True, f"I will remember: {fact}. To be told at a time, say “remind me {fact}” and when.", data
        )
    that = "that " if _SENTENCE.search(fact) else ""
    return SkillResult(True, f"I will remember{' ' if that else ': '}{that}{_ended(fact)}", data)


def _stated(parameters: Mapping[str, Any], said: str) -> str:
    """What is to be remembered, in the words of the user."""
    if "fact" in parameters:
        return _whole(str(parameters["fact"]), said)
    if "stated" in parameters:
        return str(parameters["stated"]).strip(" ,.;:-")
    return said.rstrip(" .!")


def _whole(fact: str, said: str) -> str:
    """`fact` with a "!" or "?" at its end when it may belong to a password."""
    after = said.rpartition(fact)[2].strip()
    return (
        fact + after.rstrip(".") if _SECRET.search(fact) and after and not re.search(r"[\w\s.]", after[:-1]) else fact
    )


async def _recall(context: SkillContext) -> SkillResult:
    words = content_words(context.understood or context.user_input)
    found = await _found(context, words)
    sure = bool(found) and coverage(words, found[0].text) == 1.0
    if "perhaps" in context.parameters and not sure:
        return SkillResult(False, "Nothing of that is remembered.", code=NOT_MINE)
    if not found:
        return _unknown(f"“{' '.join(words)}”" if words else "")
    best = found[0]
    told = f"ou told me {day(best.at, context.now)}: {_ended(best.text)}"
    return SkillResult(True, f"Y{told}" if sure else f"I am not sure, but y{told}", _data([best]))


async def _about(context: SkillContext) -> SkillResult:
    thing = context.parameters["thing"]
    words = content_words(thing)
    found = await _found(context, words, limit=20)
    if not found:
        return _unknown(thing)
    return SkillResult(True, _listed(found, context.now, f"About {turned(thing)} you told me:"), _data(found))


async def _list(context: SkillContext) -> SkillResult:
    found = await context.memory.latest(20)
    if not found:
        return SkillResult(
            True, "You have not told me anything to remember yet. Say for example: remember that …", _data([])
        )
    return SkillResult(True, _listed(found, context.now, "You told me:"), _data(found))


async def _forget(context: SkillContext) -> SkillResult:
    thing = context.parameters["thing"]
    if thing.casefold() in _LATEST:
        newest = await context.memory.latest(1)
        if not newest:
            return SkillResult(True, "There is nothing to forget.", {"forgotten": []})
        return await _drop_after(context, f"Shall I forget that {turned(newest[0].text)}?", newest)
    words = content_words(thing)
    found = await _found(context, words)
    if not found:
        return _unknown(thing)
    exact = [item for item in found if turned(item.text).casefold() == turned(thing).casefold()]
    if exact:
        return await _drop(context, exact)
    if len(found) > 1:
        return await _choose(context, found[:_MANY])
    if coverage(words, found[0].text) == 1.0:
        return await _drop(context, found)
    return await _drop_after(context, f"Do you mean that {turned(found[0].text)}? Shall I forget it?", found)


async def _drop_after(context: SkillContext, question: str, items: Sequence[MemoryItem]) -> SkillResult:
    if await context.confirm(question):
        return await _drop(context, items)
    return SkillResult(True, "I keep it.", {"forgotten": []})


async def _choose(context: SkillContext, found: Sequence[MemoryItem]) -> SkillResult:
    lines = "\n".join(f"{number}. {turned(item.text)}" for number, item in enumerate(found, 1))
    choices = [*(str(number) for number in range(1, len(found) + 1)), "all", "none"]
    answer = await context.ask(f"Which one shall I forget?\n{lines}", choices=choices)
    chosen = _chosen(answer, found)
    if chosen is None:
        return SkillResult(False, f"I do not know which one “{answer}” is, so I keep them all.", code="not_understood")
    return await _drop(context, chosen)


def _chosen(answer: str, found: Sequence[MemoryItem]) -> Sequence[MemoryItem] | None:
    """Which items an answer means: numbers, ordinals, "all", "none", or words that only one of them holds."""
    said = answer.casefold().strip(" .!?")
    if said in _ALL | _NONE:
        return found if said in _ALL else []
    return _numbered(said, found) or _worded(said, found)


def _numbered(said: str, found: Sequence[MemoryItem]) -> list[MemoryItem]:
    return [item for at, item in enumerate(found) if re.search(rf"\b({at + 1}|{_PLACES[at]})\b", said)]


def _worded(said: str, found: Sequence[MemoryItem]) -> list[MemoryItem] | None:
    words = [word for word in content_words(said) if word not in {"one", "ones"}]
    fits = [item for item in found if coverage(words, item.text) == 1.0]
    return fits if words and len(fits) == 1 else None


async def _drop(context: SkillContext, items: Sequence[MemoryItem]) -> SkillResult:
    gone = [item for item in items if await context.memory.forget(item.id)]
    data = {"forgotten": [item.id for item in gone]}
    if not gone:
        return SkillResult(True, "Nothing was forgotten.", data)
    if len(gone) == 1:
        return SkillResult(True, f"I have forgotten that {_ended(gone[0].text)}", data)
    return SkillResult(True, f"I have forgotten {len(gone)} things.", data)


async def _forget_about(context: SkillContext) -> SkillResult:
    thing = context.parameters["thing"]
    words = content_words(thing)
    found = [item for item in await _found(context, words, limit=_MOST_ABOUT) if coverage(words, item.text) == 1.0]
    if not found:
        return _unknown(thing)
    told = _listed(found, context.now, f"About {turned(thing)} you told me:")
    if not await context.confirm(f"{told}\nShall I forget {'it' if len(found) == 1 else 'all of it'}?"):
        return SkillResult(True, "I keep it.", {"forgotten": []})
    return await _drop(context, found)


async def _forget_all(context: SkillContext) -> SkillResult:
    everything = await context.memory.latest(100_000)
    if not everything:
        return SkillResult(True, "There is nothing to forget.", {"forgotten": []})
    count = "the one thing" if len(everything) == 1 else f"all {len(everything)} things"
    if not await context.confirm(f"Shall I forget {count} you told me?"):
        return SkillResult(True, "I keep everything.", {"forgotten": []})
    return await _drop(context, everything)


async def _found(context: SkillContext, words: Sequence[str], limit: int = 10) -> list[MemoryItem]:
    """The items that hold most of `words`, best first; only those that hold equally many, if any does at all."""
    if not words:
        return []
    found = await context.memory.search(" ".join(words), limit) or await context.memory.latest(_LOOKED_THROUGH)
    best = max((coverage(words, item.text) for item in found), default=0.0)
    return [item for item in found if best and coverage(words, item.text) == best][:limit]


def _ended(text: str) -> str:
    """`text` turned, with the end of a sentence."""
    return turned(text) if text.endswith((".", "!", "?")) else f"{turned(text)}."


def _unknown(thing: str) -> SkillResult:
    about = f" about {turned(thing)}" if thing else ""
    return SkillResult(
        False, f"You have not told me anything{about}. Say “remember that …” and I will.", code="not_found"
    )


def _listed(items: Sequence[MemoryItem], now: datetime, title: str) -> str:
    return "\n".join([title, *(f"- {turned(item.text)} ({day(item.at, now)})" for item in items)])


def _data(items: Sequence[MemoryItem]) -> dict[str, list[dict[str, str]]]:
    return {"items": [{"id": item.id, "text": item.text, "at": item.at.isoformat()} for item in items]}


_INTENTS: Mapping[str, Callable[[SkillContext], Awaitable[SkillResult]]] = {
    "remember": _remember,
    "recall": _recall,
    "about": _about,
    "list": _list,
    "forget": _forget,
    "forget_about": _forget_about,
    "forget_all": _forget_all,
}
