"""Lists and notes, kept in the skill's own store.

`list/<key>` holds `{name, items}`, `note/<number>` holds `{text, at}`. Every change writes one key, so "undo that" of
the conversation restores it whole.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.skills import NOT_MINE

_SAME = {"todo": "to-do", "to do": "to-do", "grocery": "shopping", "groceries": "shopping"}
_LEADING = re.compile(r"^(my|the|our|your|a|an|some|My|Our|Your|A|An|Some)\s+")
"""Not "The", which begins a title."""
_KNOWN = ("shopping", "to-do", "packing", "reading", "wish", "gift")
_SLIP = 0.85
_PAIRS = re.compile(
    r"\b(salt and pepper|mac and cheese|fish and chips|gin and tonic|bread and butter pickles)\b", re.IGNORECASE
)
_MANY = 6


def key_of(name: str) -> str:
    """The key under which a list is kept: "the To-Do list" and "todo" are the same list."""
    plain = re.sub(r"\s+list$", "", " ".join(name.casefold().replace("-", " ").split()))
    plain = _LEADING.sub("", plain)
    return _SAME.get(plain, plain)


def split_items(text: str, *, by_and: bool = True) -> list[str]:
    """The items of an enumeration; "and" separates too unless it may belong to an item, as on a to-do list."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"\0{len(kept) - 1}\0"

    held = _PAIRS.sub(keep, text)
    between = r",\s*and\s+|\s+and\s+|\s*&\s*|\s*[,;\n]\s*" if by_and else r",\s*and\s+|\s*[,;\n]\s*"
    parts = (re.sub(r"\0(\d+)\0", lambda found: kept[int(found.group(1))], part) for part in re.split(between, held))
    cleaned = (_LEADING.sub("", part.strip(' ."“”')) if by_and else part.strip(' ."“”') for part in parts)
    return [part for part in cleaned if part]


def _alike(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    return other in (one, f"{one}s") or one == f"{other}s"


def matching(items: Sequence[str], wanted: str) -> list[str]:
    """The items that `wanted` can mean: those that are alike, else those that hold all of its words."""
    exact = [item for item in items if _alike(item, wanted)]
    words = wanted.casefold().split()
    return exact or [item for item in items if all(word in item.casefold().split() for word in words)]


def spoken(items: Sequence[str]) -> str:
    """An enumeration as it is said: "milk, eggs and bread"."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


class ListsSkill(RoxySkill):
    """Lists and notes."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Do what the intent says; a list or note that is not there is a failure with the code `not_found`."""
        return await _INTENTS[context.intent](context)


async def _lists(context: SkillContext) -> dict[str, dict[str, Any]]:
    return {key.removeprefix("list/"): value for key, value in (await context.store.items("list/")).items()}


async def _which(context: SkillContext) -> tuple[str, dict[str, Any] | None]:
    """The key of the list that is meant, and the list if there is one."""
    named = context.parameters.get("list") or context.parameters.get("kind")
    there = await _lists(context)
    if named:
        key = _nearest_key(key_of(str(named)), there)
    elif len(there) == 1:
        key = next(iter(there))
    else:
        key = key_of(str(context.config.get("default", "shopping")))
    return key, there.get(key)


def _nearest_key(key: str, there: Mapping[str, Any]) -> str:
    """The key of a list that is there or usual, when `key` is a slip of it or a part of its name; else `key`."""
    if key in there or key in _KNOWN:
        return key
    holding = [other for other in there if set(key.split()) < set(other.split())]
    near = get_close_matches(key, [*there, *_KNOWN], n=1, cutoff=_SLIP)
    return (near or (holding if len(holding) == 1 else [key]))[0]


async def _put(context: SkillContext, key: str, items: Sequence[str]) -> None:
    await context.store.put(f"list/{key}", {"name": key, "items": list(items)})


async def _add(context: SkillContext) -> SkillResult:
    key, _ = await _which(context)
    text = str(context.parameters.get("items") or context.parameters["perhaps"])
    if "items" not in context.parameters and not await context.confirm(f"Shall I put {text} on the {key} list?"):
        # "Add batteries" may have been meant for something else.
        return SkillResult(True, "Nothing was added.", {"list": key, "added": []})
    return await _put_on(context, key, split_items(text, by_and=key != "to-do"))


async def _put_on(context: SkillContext, key: str, wanted: Sequence[str]) -> SkillResult:
    """Add what is not on the list yet."""
    there = (await _lists(context)).get(key)
    items: list[str] = list(there["items"]) if there else []
    added: list[str] = []
    double: list[str] = []
    for item in wanted:
        known = any(_alike(item, other) for other in [*items, *added])
        (double if known else added).append(item)
    data = {"list": key, "added": added, "already": double, "items": [*items, *added]}
    if not added:
        return SkillResult(True, f"{_begin(spoken(double))} {_is(double)} on the {key} list already.", data)
    await _put(context, key, data["items"])
    also = f" Already there: {spoken(double)}." if double else ""
    return SkillResult(True, f"Added {spoken(added)} to the {key} list.{also}", data)


async def _show(context: SkillContext) -> SkillResult:
    key, there = await _which(context)
    if there is None:
        return await _no_list(context, key)
    items = there["items"]
    data = {"list": key, "items": items}
    wanted = context.parameters.get("item")
    if wanted:
        found = matching(items, _LEADING.sub("", str(wanted)))
        answer = f"Yes: {spoken(found)}." if found else f"No, {wanted} is not on the {key} list."
        return SkillResult(True, answer, {**data, "found": found})
    if not items:
        return SkillResult(True, f"The {key} list is empty.", data)
    return SkillResult(True, "\n".join([f"On the {key} list:", *(f"- {item}" for item in items)]), data)


async def _remove(context: SkillContext) -> SkillResult:
    key, there = await _which(context)
    named = bool({"list", "kind"} & set(context.parameters))
    if named and there is None:
        return await _no_list(context, key)
    lists = await _lists(context)
    text = _unwanted(context, lists.get(key))
    if "perhaps" in context.parameters and not _anywhere(text, lists):
        return SkillResult(False, f"{text} is on no list.", code=NOT_MINE)
    return await _remove_each(context, _wanted(text, lists), key, named=named)


def _unwanted(context: SkillContext, there: Mapping[str, Any] | None) -> str:
    """What is to be removed, as it was said, or the last item."""
    if "which" in context.parameters:
        return next(iter(there["items"][-1:]), "that") if there else "that"
    return str(context.parameters.get("items") or context.parameters.get("perhaps", ""))


async def _remove_each(context: SkillContext, items: Sequence[str], key: str, *, named: bool) -> SkillResult:
    removed: list[str] = []
    missing: list[str] = []
    for wanted in items:
        hit = await _take(context, wanted, key, anywhere=not named)
        (removed if hit else missing).append(hit[1] if hit else wanted)
        key = hit[0] if hit else key
    data = {"list": key, "removed": removed, "missing": missing}
    if not removed:
        return SkillResult(
            False, f"{_begin(spoken(missing))} {_is(missing)} not on the {key} list.", data, code="not_found"
        )
    also = f" Not there: {spoken(missing)}." if missing else ""
    return SkillResult(True, f"Took {spoken(removed)} off the {key} list.{also}", data)


def _anywhere(text: str, there: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a part of `text` is on any list."""
    return any(matching(one["items"], part) for one in there.values() for part in _wanted(text, there))


def _wanted(text: str, there: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is to be removed: the whole text when an item is called so, else its parts."""
    whole = any(_alike(item, text) for one in there.values() for item in one["items"])
    return [text] if whole else split_items(text)


async def _take(context: SkillContext, wanted: str, key: str, *, anywhere: bool) -> tuple[str, str] | None:
    """Take one item off the list `key`, else off the first that has it; which list and item that was."""
    there = await _lists(context)
    keys = [key, *(other for other in there if anywhere and other != key)]
    for one in keys:
        found = matching(there.get(one, {}).get("items", []), wanted)
        if not found:
            continue
        chosen = found[0] if len(found) == 1 else await _one_of(context, found[:_MANY])
        if chosen is None:
            return None
        await _put(context, one, [item for item in there[one]["items"] if item != chosen])
        return one, chosen
    return None


async def _one_of(context: SkillContext, found: Sequence[str]) -> str | None:
    """The item the user means."""
    answer = await context.ask(f"Which one: {', '.join(found[:-1])} or {found[-1]}?", choices=found)
    said = matching(found, answer.strip(" .!"))
    return said[0] if len(said) == 1 else None


async def _clear(context: SkillContext) -> SkillResult:
    key, there = await _which(context)
    if there is None:
        return await _no_list(context, key)
    count = len(there["items"])
    if not count:
        return SkillResult(True, f"The {key} list is empty already.", {"list": key, "removed": 0})
    things = "the one item" if count == 1 else f"all {count} items"
    if not await context.confirm(f"Shall I take {things} off the {key} list?"):
        return SkillResult(True, f"The {key} list stays as it is.", {"list": key, "removed": 0})
    await _put(context, key, [])
    return SkillResult(True, f"The {key} list is empty now.", {"list": key, "removed": count})


async def _create(context: SkillContext) -> SkillResult:
    named = context.parameters.get("list") or (await context.ask("What shall the list be called?")).strip(" .!")
    key = key_of(str(named))
    there = (await _lists(context)).get(key)
    if there is not None:
        return SkillResult(
            True,
            f"There is a {key} list already, with {len(there['items'])} {_plural('item', len(there['items']))} on it.",
            {"list": key},
        )
    await _put(context, key, [])
    return SkillResult(True, f"Made the {key} list.", {"list": key})


async def _delete(context: SkillContext) -> SkillResult:
    key, there = await _which(context)
    if there is None:
        return await _no_list(context, key)
    count = len(there["items"])
    if count and not await context.confirm(f"Shall I delete the {key} list with {count} {_plural('item', count)}?"):
        return SkillResult(True, f"The {key} list stays.", {"list": key})
    await context.store.delete(f"list/{key}")
    return SkillResult(True, f"Deleted the {key} list.", {"list": key})


async def _names(context: SkillContext) -> SkillResult:
    there = await _lists(context)
    data = {"lists": {key: len(value["items"]) for key, value in there.items()}}
    if not there:
        return SkillResult(True, "There are no lists yet. Say for example: add milk to the shopping list.", data)
    lines = [f"- {key}: {count} {_plural('item', count)}" for key, count in data["lists"].items()]
    return SkillResult(True, "\n".join(["Your lists:", *lines]), data)


async def _no_list(context: SkillContext, key: str) -> SkillResult:
    others = list(await _lists(context))
    hint = f" There is: {', '.join(others)}." if others else f" Say “add … to the {key} list” to make one."
    return SkillResult(False, f"There is no {key} list.{hint}", code="not_found")


async def _notes(context: SkillContext) -> list[tuple[str, dict[str, Any]]]:
    """All notes, newest first, as key and value."""
    kept = await context.store.items("note/")
    return sorted(kept.items(), key=lambda entry: int(entry[0].removeprefix("note/")), reverse=True)


async def _note(context: SkillContext) -> SkillResult:
    notes = await _notes(context)
    number = int(notes[0][0].removeprefix("note/")) + 1 if notes else 1
    text = str(context.parameters["text"])
    await context.store.put(f"note/{number}", {"text": text, "at": context.now.isoformat()})
    return SkillResult(True, f"Noted: {text}", {"note": number, "text": text})


async def _show_notes(context: SkillContext) -> SkillResult:
    notes = await _notes(context)
    if not notes:
        return SkillResult(True, "There are no notes. Say for example: take a note: …", {"notes": []})
    if "which" in context.parameters:
        return _told("Your last note:", notes[:1])
    return _told("Your notes:", notes)


async def _find_note(context: SkillContext) -> SkillResult:
    text = str(context.parameters["text"])
    found = _about(await _notes(context), text)
    if not found:
        return SkillResult(False, f"There is no note about {text}.", {"notes": []}, code="not_found")
    return _told(f"About {text}:", found)


async def _delete_note(context: SkillContext) -> SkillResult:
    notes = await _notes(context)
    which = context.parameters.get("which")
    found = (
        notes[:1] if which == "last" else notes if which == "all" else _about(notes, str(context.parameters["text"]))
    )
    if not found:
        return SkillResult(False, "There is no such note.", code="not_found")
    question = f"the note “{found[0][1]['text']}”" if len(found) == 1 else f"{len(found)} notes"
    sure = which == "last" or await context.confirm(f"Shall I delete {question}?")
    if not sure:
        return SkillResult(True, "Nothing was deleted.", {"deleted": 0})
    for key, _ in found:
        await context.store.delete(key)
    return SkillResult(True, f"Deleted {question}.", {"deleted": len(found)})


def _about(notes: Sequence[tuple[str, dict[str, Any]]], text: str) -> list[tuple[str, dict[str, Any]]]:
    """The notes that hold every word of `text`, in any order, as whole words or their beginnings."""
    words = [word for word in re.findall(r"\w+", text.casefold()) if word not in {"the", "a", "my"}]
    return [
        note
        for note in notes
        if all(any(has.startswith(word) for has in re.findall(r"\w+", note[1]["text"].casefold())) for word in words)
    ]


def _told(title: str, notes: Sequence[tuple[str, dict[str, Any]]]) -> SkillResult:
    lines = [f"- {note['text']} ({datetime.fromisoformat(note['at']):%-d %B})" for _, note in notes]
    data = {"notes": [{"note": int(key.removeprefix("note/")), **note} for key, note in notes]}
    return SkillResult(True, "\n".join([title, *lines]), data)


def _is(things: Sequence[str]) -> str:
    plural = len(things) > 1 or re.search(r"[^s]s$", things[0]) if things else False
    return "are" if plural else "is"


def _begin(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


_INTENTS: Mapping[str, Callable[[SkillContext], Awaitable[SkillResult]]] = {
    "add": _add,
    "show": _show,
    "remove": _remove,
    "clear": _clear,
    "create": _create,
    "delete": _delete,
    "lists": _names,
    "note": _note,
    "notes": _show_notes,
    "find_note": _find_note,
    "delete_note": _delete_note,
}
