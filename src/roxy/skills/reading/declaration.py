"""What a skill declares: `roxy.yaml` and `locale/<language>/intents.yaml`, checked and made into intents.

The order: `roxy.yaml` names the intents, their slots and what is asked of the user; a locale file adds sentences and
examples in its language, with rules and lists of their own. Every sentence is compiled here, so that a mistake is
found when the skill is read and not when somebody speaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from roxy.contracts.skills import IntentInfo, Permissions
from roxy.errors import ConfigError
from roxy.skills.reading.yamls import Document
from roxy.skills.sentences.grammar import SlotKind, Template
from roxy.skills.sentences.hearing import normal
from roxy.skills.sentences.templates import SlotSpec, always_filled, compile_template, parse

_TOP = ("intents", "permissions")
_INTENT = ("description", "slots", "confirm", "sentences", "examples")
_SLOT = ("type", "values", "description", "greedy", "holds", "begins_not", "required")
_PERMISSIONS = ("servers", "tools", "folders", "hosts", "server_control")
_LOCALE = ("expansion_rules", "lists", "intents")
_LOCALE_INTENT = ("sentences", "examples")
_LIST = ("type", "values", "greedy", "holds", "begins_not")
_EXAMPLE = ("say", "slots")


@dataclass(frozen=True, slots=True)
class Example:
    """A phrase that must route to an intent, with the slots it must fill."""

    say: str
    slots: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Intent:
    """An intent while it is being put together from its files."""

    name: str
    description: str = ""
    confirm: bool | None = None
    slots: dict[str, SlotSpec] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    """The slots as they stand in the file, for models and help."""
    sentences: list[str] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    required: frozenset[str] | None = None
    """The slots that all sentences so far fill; None before the first. Those that fill others than the declared ones
    do not count: nobody but a sentence can fill those."""

    def info(self) -> IntentInfo:
        """As it is listed."""
        return IntentInfo(
            name=self.name,
            sentences=tuple(self.sentences),
            examples=tuple(example.say for example in self.examples),
            slots=self.declared,
            confirm=self.confirm,
            description=self.description,
            required=tuple(slot for slot, said in self.declared.items() if self._needs(slot, said)),
        )

    def _needs(self, slot: str, said: Any) -> bool:
        """What the file says of the slot; else whether no sentence goes without it."""
        own = said.get("required") if isinstance(said, dict) else None
        return slot in (self.required or ()) if own is None else bool(own)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the sentences of one language share."""

    lists: Mapping[str, SlotSpec] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Declaration:
    """All that the YAML files of one skill say."""

    intents: dict[str, Intent] = field(default_factory=dict)
    wants: Permissions = field(default_factory=Permissions)
    templates: list[Template] = field(default_factory=list)


def read_declaration(roxy_yaml: Document | None, locale: Document | None) -> Declaration:
    """Check both files and compile their sentences; raises `ConfigError` with file and line."""
    declaration = Declaration()
    if roxy_yaml is not None:
        top = roxy_yaml.mapping(roxy_yaml.data, [], _TOP)
        declaration.wants = _permissions(roxy_yaml, top.get("permissions"))
        for name, value in roxy_yaml.mapping(top.get("intents"), ["intents"]).items():
            declaration.intents[name] = _intent(roxy_yaml, name, value)
        for intent in declaration.intents.values():
            _compile(declaration, roxy_yaml, intent, intent.sentences, _Words())
    if locale is not None:
        _add_locale(declaration, locale)
    return declaration


def _permissions(document: Document, value: Any) -> Permissions:
    path = ["permissions"]
    given = document.mapping(value, path, _PERMISSIONS)
    sets = {name: frozenset(document.strings(given.get(name), [*path, name])) for name in _PERMISSIONS[:-1]}
    for tool in sets["tools"]:
        if "." not in tool:
            document.fail([*path, "tools"], f"`{tool}` in `permissions.tools` must be written `server.tool`")
    return Permissions(
        **sets, server_control=bool(document.boolean(given.get("server_control"), [*path, "server_control"]))
    )


def _intent(document: Document, name: str, value: Any) -> Intent:
    path = ["intents", name]
    given = document.mapping(value, path, _INTENT)
    declared = document.mapping(given.get("slots"), [*path, "slots"])
    intent = Intent(
        name=name,
        description=document.string(given.get("description"), [*path, "description"]),
        confirm=document.boolean(given.get("confirm"), [*path, "confirm"]),
        declared=declared,
        sentences=list(document.strings(given.get("sentences"), [*path, "sentences"])),
        examples=_examples(document, given.get("examples"), [*path, "examples"]),
    )
    for slot, spec in declared.items():
        intent.slots[slot] = _slot(document, spec, [*path, "slots", slot], _SLOT)
    return intent


def _slot(document: Document, value: Any, path: Sequence[str], keys: Sequence[str]) -> SlotSpec:
    given = {"values": value} if isinstance(value, list) else document.mapping(value, path, keys)
    default = SlotKind.CHOICE if given.get("values") else SlotKind.TEXT
    kind = given.get("type", default)
    if kind not in set(SlotKind):
        near = get_close_matches(str(kind), list(SlotKind), n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"Types: {', '.join(SlotKind)}."
        document.fail([*path, "type"], f"a slot cannot have the type `{kind}`", hint=hint)
    values = _choices(document, given.get("values"), [*path, "values"])
    document.boolean(given.get("required"), [*path, "required"])
    if (kind == SlotKind.CHOICE) != bool(values):
        document.fail(path, f"`{'.'.join(path)}`: a slot of the type choice, and no other, has `values`")
    return SlotSpec(
        kind=SlotKind(kind),
        values=values,
        greedy=bool(document.boolean(given.get("greedy"), [*path, "greedy"])),
        holds=_single_words(document, given, path, "holds"),
        begins_not=_single_words(document, given, path, "begins_not"),
    )


def _single_words(document: Document, given: Mapping[str, Any], path: Sequence[str], key: str) -> tuple[str, ...]:
    words = document.strings(given.get(key), [*path, key])
    if words and given.get("type", SlotKind.TEXT) != SlotKind.TEXT:
        document.fail([*path, key], f"only a slot of the type text can have `{key}`")
    if any(len(normal(word).split()) != 1 for word in words):
        document.fail([*path, key], f"`{key}` takes single words")
    return tuple(map(normal, words))


def _choices(document: Document, value: Any, path: Sequence[str]) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return {str(said): value[said] for said in value}
    if not isinstance(value, list):
        document.fail(path, "`values` must be a list, or a mapping from what is said to the value")
    return {_word(item): item for item in value}


def _word(item: Any) -> str:
    return str(item).lower() if isinstance(item, bool) else str(item)


def _examples(document: Document, value: Any, path: Sequence[str]) -> list[Example]:
    if value is None:
        return []
    if not isinstance(value, list):
        document.fail(path, f"`{'.'.join(path)}` must be a list of phrases")
    found = []
    for at, item in enumerate(value):
        if isinstance(item, dict):
            given = document.mapping(item, [*path, at], _EXAMPLE)
            found.append(
                Example(
                    document.string(given.get("say"), [*path, at]), document.mapping(given.get("slots"), [*path, at])
                )
            )
        else:
            found.append(Example(document.string(item, [*path, at])))
        if not found[-1].say:
            document.fail(
                [*path, at], "an example needs a phrase", hint="Write `- what time is it` or `- {say: …, slots: {…}}`."
            )
    return found


def _add_locale(declaration: Declaration, document: Document) -> None:
    top = document.mapping(document.data, [], _LOCALE)
    rules = {}
    for name, template in document.mapping(top.get("expansion_rules"), ["expansion_rules"]).items():
        try:
            rules[name] = parse(document.string(template, ["expansion_rules", name]))
        except ConfigError as error:
            document.fail(["expansion_rules", name], error.message, hint=error.hint)
    lists = {
        name: _slot(document, value, ["lists", name], _LIST)
        for name, value in document.mapping(top.get("lists"), ["lists"]).items()
    }
    words = _Words(lists, rules)
    known = bool(declaration.intents)
    for name, value in document.mapping(top.get("intents"), ["intents"]).items():
        path = ["intents", name]
        if known and name not in declaration.intents:
            near = get_close_matches(name, declaration.intents, n=1)
            hint = f"Did you mean `{near[0]}`?" if near else f"It declares: {', '.join(declaration.intents)}."
            document.fail(path, f"roxy.yaml declares no intent `{name}`", hint=hint)
        intent = declaration.intents.setdefault(name, Intent(name))
        given = document.mapping(value, path, _LOCALE_INTENT)
        sentences = document.strings(given.get("sentences"), [*path, "sentences"])
        intent.examples += _examples(document, given.get("examples"), [*path, "examples"])
        intent.sentences += sentences
        _compile(declaration, document, intent, sentences, words)


def _compile(
    declaration: Declaration, document: Document, intent: Intent, sentences: Sequence[str], words: _Words
) -> None:
    for at, sentence in enumerate(sentences):
        path: list[str | int] = ["intents", intent.name, "sentences", at]
        try:
            template = compile_template(
                sentence, intent=intent.name, slots=intent.slots, lists=words.lists, rules=words.rules
            )
        except ConfigError as error:
            document.fail(path, error.message, hint=error.hint)
        for slot in {capture.slot for capture in template.captures} - set(intent.slots):
            near = get_close_matches(slot, intent.slots, n=1, cutoff=0.75)
            if near:
                why = f"the sentence “{sentence}” has an undeclared slot {{{slot}}}"
                document.fail(path, why, hint=f"Did you mean {{{near[0]}}}?")
        declaration.templates.append(template)
        filled = always_filled(parse(sentence).expression, words.rules)
        if filled <= intent.slots.keys():
            intent.required = filled if intent.required is None else intent.required & filled
