"""Secrets are found by their shape, by their context, and, when they are known, in any coding."""

import base64
import json
import random
import string
from urllib.parse import quote

import pytest

from roxy.privacy.detection.detector import Detector
from roxy.privacy.detection.secrets import TABLES, Secrets

LETTERS = string.ascii_letters + string.digits


def noise(size, letters=LETTERS):
    return "".join(random.Random(size).choices(letters, k=size))


# Assembled here, so that no file holds anything of the shape of a token.
SHAPES = {
    "aws_access_key": "AK" + "IA" + noise(16, string.ascii_uppercase),
    "github_token": "gh" + "p_" + noise(36),
    "gitlab_token": "glp" + "at-" + noise(20),
    "anthropic_key": "sk-" + "ant-api03-" + noise(93) + "AA",
    "openai_key": "sk-" + "proj-" + noise(80),
    "google_key": "AI" + "za" + noise(35),
    "slack_token": "xo" + "xb-" + noise(12, string.digits) + "-" + noise(24),
    "stripe_key": "sk_" + "live_" + noise(24),
    "huggingface_token": "h" + "f_" + noise(34),
    "jwt": "ey" + "J" + noise(20) + "." + "eyJ" + noise(30) + "." + noise(43),
    "telegram_token": noise(10, string.digits) + ":A" + "A" + noise(33),
    "brave_key": "BS" + "A" + noise(28),
    "firecrawl_key": "f" + "c-" + noise(32, "0123456789abcdef"),
    "dart_token": "ds" + "a_" + noise(64, "0123456789abcdef"),
}


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("frame", ["{}", "use {} please", '{{"x": "{}"}}', "https://x.com/?k={}&y=1"])
def test_a_vendors_token_is_masked_whole_by_its_name(kind, frame):
    text = frame.format(SHAPES[kind])
    spots = [spot for spot in Detector().find(text, deep=False) if spot.type == "SECRET"]
    assert text[spots[0].start : spots[0].end].strip('"') == SHAPES[kind]
    assert kind in {spot.kind for table in TABLES for rule in table for spot in rule.find(text)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("postgres://bob:s3cr%40t@db:5432/app", "s3cr%40t"),
        ("my password is hunter", "hunter"),
        ("the wifi password: blue moon", "blue moon"),
        ('password="a b,c"', "a b,c"),
        ("API_KEY=" + noise(32) + "\nDEBUG=1", noise(32)),
        ("curl -H 'Authorization: Bearer " + noise(40) + "'", "Bearer " + noise(40)),
        ("use token " + noise(40) + " for it", noise(40)),
        ("AccountKey=" + noise(86) + "==;x", noise(86) + "=="),
    ],
)
def test_a_secret_is_found_by_its_context(text, value):
    assert value in [text[spot.start : spot.end] for spot in Detector().find(text, deep=False)]


def test_a_private_key_is_masked_from_begin_to_end_also_when_it_is_cut():
    head, foot = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"
    body = "\n".join(noise(64) for _ in range(8))
    for text in (f"{head}\n{body}\n{foot}", f"{head}\n{body}"):
        spots = Detector().find(f"see {text}", deep=False)
        assert [(spot.start, spot.end, spot.kind) for spot in spots] == [(4, 4 + len(text), "private_key")]


@pytest.mark.parametrize("value", ["correct-horse/9?", 'with "quotes" & ümläut', "plain" + "word"])
def test_a_known_secret_is_found_in_any_usual_coding(value):
    detector = Detector(known_secrets={"Brave key": value})
    raw = value.encode()
    codings = {value, quote(value, safe=""), json.dumps(value)[1:-1], raw.hex(), base64.b64encode(raw).decode()}
    for before in ("", "u:", "me:"):
        codings.add(base64.b64encode(before.encode() + raw + b":x").decode())
        codings.add(base64.urlsafe_b64encode(before.encode() + raw).decode())
    for coding in codings:
        kinds = {spot.kind for spot in detector.find(f"x {coding} y", deep=False)}
        assert "brave_key" in kinds, coding


def test_a_short_known_value_is_not_hunted_for():
    assert list(Secrets({"mode": "test"}).find("a test")) == []


def test_only_masks_that_roxy_writes_count_as_masks():
    secrets = Secrets({"home_key": "x" * 10})
    text = "[SECRET:home_key] [SECRET:github_token] [SECRET:db_password] [SECRET:ann_lee_of_elm_street]"
    assert len(list(secrets.masks(text))) == 3


def test_a_repr_shows_no_secret():
    assert repr(Secrets({"home_key": "x" * 10})) == "Secrets(1 known)"
