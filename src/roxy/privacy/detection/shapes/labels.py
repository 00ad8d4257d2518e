"""Objects that call their value by another value: `{"type": "phone", "value": …}`, a form's field, an answer.

What the object says about its value then counts as the key of the object, from which the value's key borrows.
"""

import re
from collections.abc import Callable, Iterable

from roxy.privacy.detection import keys

_LABELS = (
    "name", "key", "field", "type", "system", "label", "kind", "id", "attribute", "property", "column", "question",
    "prompt", "selector", "element", "placeholder", "path",
)  # fmt: skip
_LABELLED = frozenset({"value", "val", "text", "content", "data", "answer", "response", "reply", "values"})
_KINDS = ("type", "kind", "label", "documenttype", "document_type", "doc_type")
"""What says of which kind a `number` is."""
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
