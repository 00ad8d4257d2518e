"""Objects that call their value by another value: `{"type": "phone", "value": …}`, a form's field, an answer; tables.

What the object says about its value then counts as the key of the object, from which the value's key borrows.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from roxy.privacy.detection import keys

_LABELS = (
    "name", "key", "designation", "field", "type", "system", "label", "kind", "id", "attribute", "property", "column",
    "question", "prompt", "selector", "element", "placeholder", "path",
)  # fmt: skip
_LABELLED = frozenset({"value", "val", "text", "content", "data", "answer", "response", "reply", "values"})
_KINDS = ("type", "kind", "label", "documenttype", "document_type", "doc_type")
"""What says of which kind a `number` is."""
HEADS = frozenset({"columns", "headers", "header", "fields", "column_names", "fieldnames", "field_names"})
"""Keys of arrays that name the columns of the rows beside them."""
_FEWEST_COLUMNS = _PAIR = 2
_LONGEST = 60
_PART_OF_FORM = re.compile(r"(?i)[\s_-]*(?:input|text|form)?[\s_-]*(?:field|box|input|textbox|entry)[\])\s'\"]*$")


def label(names: Iterable[str], value_of: Callable[[str], object]) -> str:
    """What an object calls its own value: `phone` for `{"type": "phone", "value": …}`; empty when it does not say."""
    beside = {name.lower(): name for name in names}
    labels = _KINDS if _LABELLED.isdisjoint(beside) else _LABELS
    if labels is _KINDS and "number" not in beside:
        return ""
    said = (_said(value_of(beside[name])) for name in labels if name in beside)
    return next(filter(None, said), "")


def _said(value: object) -> str:
    """What a label says, if it says anything; `Phone number field` is about a phone number."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    word = _PART_OF_FORM.sub("", value)
    return word if keys.meaning(word) else ""


def columns(heads: Sequence[object]) -> tuple[str, ...]:
    """The names of a table's columns, if `heads` is a row of such names and one of them says something."""
    names = tuple(name for name in heads if isinstance(name, str) and 0 < len(name) <= _LONGEST)
    if len(names) != len(heads) or len(names) < _FEWEST_COLUMNS or _has_digits(names):
        return ()
    return names if any(map(keys.meaning, names)) else ()


def pair(values: Sequence[object], key: str) -> tuple[str, ...]:
    """What the items of `["phone", "020 …"]` under `key` are called, if it is a name and what has it."""
    if len(values) != _PAIR or not all(isinstance(one, str) for one in values):
        return ()
    name, value = map(str, values)
    told = len(name) <= _LONGEST and not _has_digits((name,)) and _has_digits((value,)) and keys.meaning(name)
    return (key, name) if told else ()


def columns_beside(values: Mapping[str, object]) -> tuple[str, ...]:
    """The names of the columns of the rows in an object, which has them under a key of their own."""
    heads = next((value for name, value in values.items() if name.lower() in HEADS), None)
    return columns(heads) if isinstance(heads, list | tuple) else ()


def _has_digits(names: Iterable[str]) -> bool:
    return any(sum(map(str.isdigit, name)) > 1 for name in names)
