"""What finds personal data is loaded ahead, and who uses Roxy is told when it cannot be."""

import pytest

from conversation.conftest import Ear
from roxy.config.loader import parse
from roxy.conversation.notices import NoticeBoard
from roxy.orchestrator.warming import Warming
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import check


@pytest.mark.requirement("privacy.own_model")
async def test_a_model_of_names_that_cannot_be_used_is_told_once_to_whoever_listens():
    notices = NoticeBoard()
    warming = Warming(notices)
    gateway = PrivacyGateway(book=Book(check(parse("names: {engine: spacy, model: en_nowhere_lg}", "privacy.yaml"))))
    await warming.warm(gateway)
    ear = Ear()
    for _ in range(2):
        async with notices.listening(ear):
            pass
    (text,) = [notice.text for notice in ear.notices]
    assert "python -m spacy download en_nowhere_lg" in text
    gateway.obey(Book())
    await warming.warm(gateway)
    async with notices.listening(ear):
        assert len(ear.notices) == 1
