"""Words for numbers."""

from roxy.skills.english.numbers import ONES, ORDINALS, SMALL, TENS


def test_the_words_count_without_a_gap():
    assert sorted(ONES.values()) == list(range(20))
    assert sorted(TENS.values()) == list(range(20, 100, 10))
    assert (SMALL["nineteen"], SMALL["ninety"]) == (19, 90)
    assert sorted(ORDINALS.values()) == [*range(1, 21), 30]
    assert (ORDINALS["twelfth"], ORDINALS["thirtieth"]) == (12, 30)
