"""What is added up fast for a word is what its features weigh, each looked up by its name."""

import numpy as np
import pytest

from roxy.privacy.detection.ner.features import Known, describe, hashed, kind_number
from roxy.privacy.detection.ner.model import MODEL, read
from roxy.privacy.detection.ner.words import Gate, Rows, Words, lanes

SPOKEN = """
the house walking Tampere MARGARET McDonald O'Neill d'Arcy e-mail I a A's 's \u2019s , . :// @handle #tag
https://example.org/a ann@example.org main.py load() snake_case /usr/lib 12 1234567 1.5 12:30 4th x2 han url low
Åsa Öberg straße İstanbul \u0131ss\u0131z ǅ ﬁ Γιώργος Анна עברית 中 カナ 한글 ๆ \u0301 🙂 \ud800 _ - xX Xx XxX aB Ab1 1a
newline
"""
WORDS = [*SPOKEN.split(), "a" * 60, "Ä" * 50, "\n", "1" * 45]
KNOWN = [0, int(Known.GIVEN), int(Known.COMMON | Known.TOP_SURNAME | Known.SURNAME), int(Known.CITY | Known.PROPER)]


@pytest.fixture(scope="module")
def arrays():
    return read(MODEL)[1]


class ByName:
    """The weights of features, each looked up by its name."""

    def __init__(self, arrays, side):
        self._row = {one: at for at, one in enumerate(arrays[f"{side}_hash"].tolist())}
        self._weights = arrays[side]

    def sum(self, features):
        rows = [self._row[hashed(one)] for one in features if hashed(one) in self._row]
        return [self._weights[rows].sum(axis=0, dtype=np.int64).tolist()]


def test_a_word_weighs_what_its_features_weigh_for_itself_and_for_its_neighbours(arrays):
    own, near = (Rows(arrays[f"{side}_hash"], arrays[side]) for side in ("own", "near"))
    by_name, by_name_near = ByName(arrays, "own"), ByName(arrays, "near")
    words = Words(own, near)
    for word in [*WORDS, *WORDS]:  # again: what pieces weigh is then remembered
        for known in KNOWN:
            seen = words.own(word, known)
            for_itself, for_others, kind = describe(word, known)
            assert own.apart([seen.own]).tolist() == by_name.sum(for_itself), word
            assert near.apart([words.near(word, known, seen)]).tolist() == by_name_near.sum(for_others), word
            assert seen.kind == kind_number(kind)


def test_lanes_hold_what_is_below_nothing_too_and_many_rows_at_once():
    rows = Rows(np.array([hashed("a"), hashed("b")], dtype=np.uint32), np.array([[-300, 7, 0], [5, -9, 620]]))
    sums = [rows.of("a"), rows.of("a") + rows.of("b"), 0, rows.of("unknown"), 70 * rows.of("b")]
    assert rows.apart(sums).tolist() == [[-300, 7, 0], [-295, -2, 620], [0] * 3, [0] * 3, [350, -630, 43400]]


@pytest.mark.parametrize("ordinary", [0.0, 0.4, 1.0])
def test_the_gate_is_sure_only_where_the_exact_sum_says_the_same(ordinary):
    loss = [0.0, -2.5, 0.0]
    gate = Gate(loss, 0.01, -4.0)
    told = set()
    for lead in range(-700, 0):
        for leads in ([lead, -5000], [-5000, lead]):
            exact = max(one * 0.01 + ordinary * less for one, less in zip(leads, loss[1:], strict=True)) > -4.0
            said = gate.opens(lanes([123, *leads]), ordinary)
            assert said in (None, exact)
            told.add(said)
    assert told == {True, False, None}
