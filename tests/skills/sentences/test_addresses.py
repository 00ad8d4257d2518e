"""Web addresses and names of files."""

import pytest

from roxy.skills.sentences.addresses import is_file, is_url


@pytest.mark.parametrize("text", ["https://example.org/report.pdf", "example.org", "www.notes.md", "example.org/a.txt"])
def test_addresses(text):
    assert is_url(text)


@pytest.mark.parametrize("text", ["report.pdf", "notes.TXT", "budget.xlsx"])
def test_names_of_files_are_no_addresses(text):
    assert is_file(text)
    assert not is_url(text)
