"""What is remembered stays bounded."""

from roxy.privacy.detection.remembered import Remembered, digest


def test_what_was_used_longest_ago_is_forgotten_first():
    kept = Remembered(3)
    for key in "abc":
        kept.put(key, key.upper())
    assert kept.get("a") == "A"
    kept.put("d", "D")
    assert [kept.get(key) for key in "abcd"] == ["A", None, "C", "D"]


def test_a_heavy_entry_displaces_many_and_one_that_is_too_heavy_is_not_kept():
    kept = Remembered(10)
    for key in range(10):
        kept.put(key, key)
    kept.put("heavy", 1, weight=7)
    assert [key for key in range(10) if kept.get(key) is not None] == [8, 9]
    kept.put("too heavy", 1, weight=10)
    assert kept.get("too heavy") is None
    kept.put("again", 1)
    assert kept.get("again") == 1


def test_an_entry_that_is_replaced_counts_once():
    kept = Remembered(4)
    for _ in range(50):
        kept.put("a", (), weight=1)
    kept.put("b", ())
    assert kept.get("a") == ()


def test_a_text_of_lone_surrogates_has_a_digest():
    assert digest("\ud800") != digest("\udfff")
