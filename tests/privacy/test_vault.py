"""Vaults: a value is found again, a full one blocks, nothing shows what is in it."""

from urllib.parse import quote

import pytest

from roxy.errors import PrivacyBlocked
from roxy.privacy import vault as vault_module
from roxy.privacy.vault import SessionVault

KEY = b"k" * 32


def test_a_full_vault_blocks_rather_than_passes(monkeypatch):
    monkeypatch.setattr(vault_module, "MAX_VALUES", 2)
    vault = SessionVault(KEY)
    vault.issue("a1", "ID")
    vault.issue("a2", "ID")
    assert vault.issue("a1", "ID")
    with pytest.raises(PrivacyBlocked, match="limit"):
        vault.issue("a3", "ID")


def test_short_echoes_are_whole_words_and_keep_their_case():
    vault = SessionVault(KEY)
    for value, kind in (("Will", "PERSON"), ("Li Na", "PERSON"), ("+1 555 0100", "PHONE_NUMBER"), ("42", "ID")):
        vault.issue(value, kind)
    text = "will Will willing li na Li Nas +1 555 0100 42"
    assert [text[spot.start : spot.end] for spot in sorted(vault.echoes(text))] == ["Will", "li na", "+1 555 0100"]


def test_nothing_shows_values_in_a_repr():
    vault = SessionVault(KEY)
    vault.issue("Ann", "PERSON")
    assert repr(vault) == "SessionVault(1 values)"


def test_a_secret_that_is_too_short_to_be_known_anywhere_teaches_nothing():
    vault = SessionVault(b"k" * 32)
    vault.hold("pin", "+358")
    assert len(vault) == 0
    vault.hold("pin", "+358-77")
    vault.hold("pin", "+358-77")
    assert vault.values_since(0) == ["+358-77"]


def test_a_value_is_known_at_each_level_at_which_codes_are_undone():
    vault = SessionVault(bytes(32))
    vault.issue("6604876475", "ID")
    written = "%25%36%36%30%34%38%37%36%34%37%35"  # one level gives `%6604876475`, two give `f04876475`
    assert [(spot.start, spot.end) for spot in vault.echoes(written)] == [(3, len(written))]


@pytest.mark.parametrize("mark", ["\u0301", "\u0327\u0308", "\u20e3", "\u1dc4"])
@pytest.mark.parametrize(
    "written",
    [
        str,
        lambda text: quote(text, safe=""),
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
        lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    ],
)
def test_a_value_is_known_whatever_marks_are_put_over_its_letters(mark, written):
    vault = SessionVault(bytes(32))
    for value in ("Aino Virtanen", "José María"):
        vault.issue(value, "PERSON")
        for marked in (f"{value}{mark}", f"{value[:2]}{mark}{value[2:]}", mark.join(value)):
            text = written(f"to {marked} now")
            (found,) = {(spot.start, spot.end) for spot in vault.echoes(text)}
            assert text[: found[0]] == written("to ")
            assert text[found[1] :] in {written(" now"), written(f"{mark} now")}
