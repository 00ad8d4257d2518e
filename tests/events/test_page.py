"""The page about events says what the contracts say."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from roxy.config.settings import EventsSettings
from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Usage

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "explanation" / "events.md").read_text(encoding="utf-8")


def _rows(head):
    """The first two cells of the table whose head begins so."""
    lines = iter(PAGE[PAGE.index(head) :].splitlines()[2:])
    for line in lines:
        if not line.startswith("|"):
            return
        first, second = line.strip("|").split("|")[:2]
        yield re.findall(r"`([^`]+)`", first), second


@pytest.mark.requirement("setup.docs", "events.whole")
def test_the_page_names_the_fields_of_an_event_and_its_kinds_and_no_others():
    named = [name for names, _ in _rows("| field |") for name in names]
    assert sorted(named) == sorted({field.name for field in fields(Event)} - {"redacted"})
    kinds = [name for names, _ in _rows("| kind |") for name in names]
    assert sorted(kinds) == sorted(kind.value for kind in EventKind)


@pytest.mark.requirement("setup.docs")
def test_what_the_page_says_of_costs_and_settings_is_there():
    (said,) = [words for names, words in _rows("| kind |") if names == ["usage"]]
    assert re.findall(r"`([^`]+)`", said) == [field.name for field in fields(Usage)]
    named = set(re.findall(r"`events\.([a-z_]+)", PAGE))
    assert named == {field.name for field in fields(EventsSettings)}
