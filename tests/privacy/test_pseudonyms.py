"""The shape of pseudonyms: found again in any dress, never confused, never forged."""

import json
import re
from urllib.parse import quote, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.privacy import pseudonyms
from roxy.privacy.pseudonyms import SHAPE

LABELS = [*pseudonyms.LABELS.values(), pseudonyms.OTHER_LABEL, pseudonyms.INBOX]


def test_no_label_ends_with_another_and_each_has_a_letter_that_no_digest_has():
    for label in LABELS:
        assert not [other for other in LABELS if other != label and label.endswith(other)]
        assert set(label.lower()) - set(pseudonyms.ALPHABET), label


def test_every_label_has_its_type_back():
    assert all(pseudonyms.TYPES[label] == kind for kind, label in pseudonyms.LABELS.items())
    assert set(LABELS) == set(pseudonyms.TYPES)


def test_a_pseudonym_survives_json_urls_and_case():
    for inbox in (False, True):
        made = pseudonyms.make(b"k", "Ann", "EMAIL_ADDRESS", inbox=inbox)
        for dressed in (json.dumps({"a": made}), f"**{made}**", f"x{made}y", made.upper(), made.lower()):
            found = SHAPE.search(dressed)
            assert found is not None
            assert pseudonyms.canonical(found[0]) == pseudonyms.canonical(made)
    plain = pseudonyms.make(b"k", "Ann", "PERSON")
    assert quote(plain, safe="") == plain
    assert plain in urlencode({"q": plain})


def test_the_same_value_under_another_key_or_attempt_is_another_pseudonym():
    made = {pseudonyms.make(key, "Ann", "PERSON", attempt=attempt) for key in (b"a", b"b") for attempt in (0, 1)}
    assert len(made) == 4


def test_letters_outside_ascii_never_make_a_pseudonym():
    made = pseudonyms.make(b"k", "Ann", "PERSON")
    assert SHAPE.search(made.replace("S", "\u017f")) is None


def test_a_mask_name_has_only_the_letters_a_mask_may_have():
    assert re.fullmatch(pseudonyms.MASK, pseudonyms.mask(pseudonyms.mask_name("BRAVE-API key (äö)")))
    assert pseudonyms.mask_name("!!") == "secret"


LIKE = (
    "PERSON",
    "inbox",
    "ITEM",
    "Xid",
    "-rx",
    "-RX",
    "7k2m9q4txw3ab5",
    "7K2M9Q4TXW3AB5",
    "@redacted.invalid",
    "@",
    "-",
)


@given(st.lists(st.sampled_from(LIKE), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_searching_from_the_middle_finds_what_the_shape_finds(text):
    assert pseudonyms.spans(text) == [found.span() for found in SHAPE.finditer(text)]
    assert pseudonyms.replace(text, str.swapcase) == SHAPE.sub(lambda found: found[0].swapcase(), text)
