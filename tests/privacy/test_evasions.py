"""Structured ids are found however they are spelled or encoded, and come back as they were, byte for byte."""

import base64
import gzip
import json
import quopri
import zlib
from urllib.parse import quote, quote_plus

import pytest

from roxy.errors import PrivacyBlocked
from roxy.privacy import pseudonyms
from roxy.privacy.detection.detector import Detector
from roxy.privacy.encodings import pieces
from roxy.privacy.redact import Redactor
from roxy.privacy.restore import restore_text
from roxy.privacy.vault import SessionVault

IDS = (
    "john.smith@example.com", "4111 1111 1111 1111", "4111111111111111", "GB82 WEST 1234 5698 7654 32", "219-09-9999",
    "81.2.69.142", "+44 20 7946 0958",
)  # fmt: skip


def b64(text):
    return base64.b64encode(text.encode()).decode()


def b64raw(raw):
    return base64.b64encode(raw).decode()


def message(text):
    """As programs send it, with lengths and numbers between the texts."""
    return b"\x0a\x18\xff" + f"to {text} now".encode() + b"\x12\x03\x80\xfe"


def middle(text, inserted):
    return text[: len(text) // 2] + inserted + text[len(text) // 2 :]


def digits(text, zero):
    return "".join(chr(ord(zero) + int(letter)) if letter.isdigit() else letter for letter in text)


def broken(text, end="\n"):
    """With a line break behind the `@`, or in place of a space near the middle."""
    at = text.find(" ", len(text) // 2)
    return text.replace("@", f"@{end}") if "@" in text else text[:at] + end + text[at + 1 :] if at > 0 else text


EVASIONS = {
    "full-width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "zero-width space": lambda text: middle(text, "\u200b"),
    "zero-width between all": "\u2060".join,
    "soft hyphen": lambda text: middle(text, "\u00ad"),
    "no-break space and hyphen": lambda text: text.replace(" ", "\u00a0").replace("-", "\u2011"),
    "thin space and en dash": lambda text: text.replace(" ", "\u2009").replace("-", "\u2013"),
    "Arabic digits": lambda text: digits(text, "\u0660"),
    "mathematical digits": lambda text: digits(text, "\U0001d7ce"),
    "%40": lambda text: quote(text, safe=""),
    "%xx of each letter": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "%xx twice": lambda text: quote(quote(text, safe=""), safe=""),
    "a form": lambda text: "to=x&q=" + quote_plus(f"hi {text}"),
    "HTML entities": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "hexadecimal entities": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    "named entities": lambda text: text.replace("@", "&commat;").replace(" ", "&nbsp;"),
    "JSON escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "byte escapes": lambda text: "".join(f"\\x{ord(letter):02x}" for letter in text),
    "JSON in JSON": lambda text: json.dumps({"a": json.dumps({"b": json.dumps([text])})}),
    "JSON in a URL": lambda text: quote(json.dumps({"x": text})),
    "base64": b64,
    "base64 in words": lambda text: f"data {b64(f'contact: {text} thanks')} end",
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"to?: {text} ~~ok".encode()).decode().rstrip("="),
    "base64 of JSON": lambda text: b64(json.dumps({"b": text})),
    "base64 twice": lambda text: b64(b64(f"to {text}")),
    "base64 in lines": lambda text: "\n".join(
        b64("A long text of many words. " * 3 + text + " and more of it")[at : at + 76] for at in range(0, 200, 76)
    ).strip(),
    "a data URI": lambda text: f"data:text/plain;base64,{b64(f'x {text}')}",
    "a data URI with %xx": lambda text: f"data:text/plain,{quote(f'x {text}')}",
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal in parts": lambda text: text.encode().hex(":"),
    "base32": lambda text: base64.b32encode(f"to {text}".encode()).decode(),
    "base64 of UTF-16": lambda text: b64raw(f"to {text}".encode("utf-16-le")),
    "base64 of Latin-1": lambda text: b64raw(f"an einen schönen Ort, {text}".encode("latin-1")),
    "base64 of what is compressed": lambda text: b64raw(gzip.compress(f"to {text}".encode())),
    "base64 of what is compressed otherwise": lambda text: b64raw(zlib.compress(f"to {text}".encode())),
    "base64 of a message in bytes": lambda text: b64raw(message(text)),
    "a message in bytes, in hexadecimal": lambda text: message(text).hex(),
    "a message in bytes, in hexadecimal in parts": lambda text: message(text).hex(" "),
    "a message in bytes, in base32": lambda text: base64.b32encode(message(text)).decode(),
    "hexadecimal with letters that nobody reads": lambda text: f"\x1b[1m {text}\x00".encode().hex(),
    "base64 behind a name": lambda text: f"tok_{b64(f'to {text}')}",
    "base64 in a path": lambda text: f"https://x.example/files/{b64(f'to {text} end')}",
    "base64 with a joint": lambda text: f"v1-{b64(f'to {text}')}",
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "quoted-printable where it must": lambda text: quopri.encodestring(f"é {text}".encode(), quotetabs=True).decode(),
    "letters in braces": lambda text: "".join(f"\\u{{{ord(letter):x}}}" for letter in text),
    "long escapes": lambda text: "".join(f"\\U{ord(letter):08x}" for letter in text),
    "octal escapes": lambda text: "".join(f"\\{ord(letter):03o}" for letter in text),
    "a line break": broken,
    "a line break of two": lambda text: broken(text, "\r\n"),
    "base85": lambda text: base64.b85encode(f"to {text} now".encode()).decode(),
    "base85 with a name": lambda text: f"blob={base64.b85encode(f'to {text} now'.encode()).decode()}",
    "base85 of PostScript": lambda text: base64.a85encode(f"to {text} now".encode(), adobe=True).decode(),
    "base85 of PostScript, bare": lambda text: base64.a85encode(f"to {text} now".encode()).decode(),
    "an encoded word": lambda text: f"=?utf-8?Q?{quopri.encodestring(f'é {text}'.encode(), header=True).decode()}?=",
    "an encoded word in base64": lambda text: f"=?UTF-8?B?{b64(f'é {text}')}?=",
    "two encoded words": lambda text: " ".join(
        f"=?utf-8?q?{quopri.encodestring(half.encode(), quotetabs=True, header=True).decode().strip()}?="
        for half in (f"é {text}"[:9], f"é {text}"[9:])
    ),
    "a list of bytes": lambda text: str(list(f"to {text}".encode())),
    "a list of bytes in hexadecimal": lambda text: ", ".join(map(hex, f"to {text}".encode())),
    "at and dot in brackets": lambda text: text.replace("@", " [at] ").replace(".com", " (dot) com"),
    "at and dot in words": lambda text: text.replace("@", " at ").replace(".com", " dot com"),
    "dots in a card": lambda text: text.replace(" ", ".") if text.startswith("4111 ") else text,
}


@pytest.fixture(scope="module")
def detector():
    made = Detector()
    made.load()
    return made


def shown(text):
    """All that can be read in a text."""
    return "\n".join([text, *(shown(piece.inside) for piece in pieces(text))])


@pytest.mark.parametrize("evasion", EVASIONS)
@pytest.mark.parametrize("frame", ["{}", "please use {} today."])
def test_an_id_in_another_spelling_is_found_and_comes_back_as_it_was(detector, evasion, frame):
    for value in IDS:
        vault = SessionVault(b"k" * 32)
        text = frame.replace("{}", EVASIONS[evasion](value))
        redacted = Redactor(detector, vault).text(text)
        assert pseudonyms.spans(shown(redacted)), (value, text, redacted)
        assert value not in shown(redacted)
        assert restore_text(redacted, vault) == text
        assert Redactor(detector, vault).text(redacted) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "international responsibilities antidisestablishmentarianism",
        b64("the quick brown fox jumps over the lazy dog"),
        "/usr/local/share/applications/org.example.Desktop",
        "4f6e6c7920776f7264732068657265",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "50% of 20%25 &amp; &lt;b&gt; \\u00e9 C:\\xampp a+b=c+d",
        "1234\n5678\n9012\n3456\n7890",
        "meet me at the polka dot cafe, look at this dot",
        "2024.1234.5678.9012",
        "é ü ß ﬁ ①",
    ],
)
def test_what_only_looks_encoded_stays_as_it_is(detector, text):
    assert Redactor(detector, SessionVault(b"k" * 32)).text(text) == text


def test_what_is_encoded_is_encoded_again_in_the_same_way(detector):
    for value in ("to ann@example.org", "ann@example.org!", "to: ann@example.org?>", "x ann@example.org é"):
        for encode in (
            b64,
            lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
            lambda text: text.encode().hex(),
            lambda text: text.encode().hex().upper(),
        ):
            vault = SessionVault(b"k" * 32)
            redacted = Redactor(detector, vault).text(encode(value))
            (piece,) = pieces(redacted)
            assert piece.inside == Redactor(detector, vault).text(value)
            assert restore_text(redacted, vault) == encode(value)


@pytest.mark.parametrize(
    "name", ["Jürgen Vogelsang", "Γιώργος Παπαδάκης", "田中 一郎 と 山田", "แอนนา สมิธ", "이영희 이영희"]
)
def test_a_name_that_is_known_is_found_in_a_message_in_bytes(detector, name):
    vault = SessionVault(b"k" * 32)
    vault.issue(name, "PERSON")
    for text in (b64raw(message(name)), message(name).hex()):
        redacted = Redactor(detector, vault).text(text)
        assert pseudonyms.spans(redacted)
        assert restore_text(redacted, vault) == text


def test_compressed_data_that_grows_beyond_all_measure_is_refused(detector):
    text = b64raw(gzip.compress(b"a" * 3_000_000))
    with pytest.raises(PrivacyBlocked, match="larger than 1,000,000 bytes"):
        Redactor(detector, SessionVault(b"k" * 32)).text(f"see {text[:2_000]}")


@pytest.mark.parametrize("wrap", [b64, lambda text: quote(text, safe="")])
def test_what_is_encoded_too_often_is_refused_with_a_reason(detector, wrap):
    text = "to ann@example.org"
    for _ in range(6):
        text = wrap(text)
    with pytest.raises(PrivacyBlocked, match="more than 4 times"):
        Redactor(detector, SessionVault(b"k" * 32)).text(text)


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.com/a/b?x=1&y=%7Bz%7D#top-of-the-page; then `run_it(a[0], *b)`",
        '{"a":[1,2,3],"b":{"c":"d"}}=>$.b.c|@keys',
        "12, 34, 56, 78, 90, 12, 34, 56, 78, 90, 21, 43",
        "255,216,255,224,0,16,74,70,73,70,0,1",
        "const f=(a,b)=>a?.b??{...c};if(!x&&y||z){return`${a}`}",
        "=?utf-8?Q?Gr=C3=BC=C3=9Fe_und_K=C3=BCsse?= and =?x-nobody?B?AAAA?= =?=",
        "<~ ~> and <~~> and <~zzzzzzzzzzzz~>",
    ],
)
def test_what_looks_like_a_rarer_code_and_says_nothing_personal_stays(detector, text):
    assert Redactor(detector, SessionVault(b"k" * 32)).text(text) == text


@pytest.mark.parametrize("evasion", ["base85", "an encoded word", "a list of bytes", "base32", "hexadecimal in parts"])
def test_a_secret_in_what_cannot_be_written_again_is_masked_with_all_of_it_and_never_comes_back(detector, evasion):
    vault = SessionVault(b"k" * 32)
    text = f"see {EVASIONS[evasion]('my password is ' + 'x7kQ29' + '-Tr0mbone')}."
    redacted = Redactor(detector, vault).text(text)
    assert "[SECRET:secret]" in redacted
    assert not pseudonyms.spans(redacted)
    assert restore_text(redacted, vault) == Redactor(detector, vault).text(redacted) == redacted


def test_a_secret_in_base64_is_masked_there(detector):
    text = b64("my password is " + "x7kQ29")
    redacted = Redactor(detector, SessionVault(b"k" * 32)).text(text)
    assert [piece.inside for piece in pieces(redacted)] == ["my password is [SECRET:password]"]
