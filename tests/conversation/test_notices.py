"""Who hears what Roxy says unasked."""

from roxy.contracts.turns import Notice, NoticeKind
from roxy.conversation.notices import NoticeBoard


class Ear:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def heard(self, notice: Notice) -> None:
        self.texts.append(notice.text)


def reminder(text: str, session_id: str | None = None) -> Notice:
    return Notice(kind=NoticeKind.REMINDER, text=text, session_id=session_id)


async def test_a_notice_goes_to_the_door_of_its_session_and_to_no_other():
    board, kitchen, office = NoticeBoard(), Ear(), Ear()
    async with board.listening(kitchen, session_id="k"), board.listening(office, session_id="o"):
        assert board.publish(reminder("pasta", "k"))
    assert (kitchen.texts, office.texts) == (["pasta"], [])


async def test_a_notice_of_a_session_that_nobody_hears_goes_to_the_door_that_came_last():
    board, kitchen, office = NoticeBoard(), Ear(), Ear()
    async with board.listening(kitchen), board.listening(office):
        assert board.publish(reminder("pasta", "gone"))
    assert (kitchen.texts, office.texts) == ([], ["pasta"])


async def test_without_a_door_the_publisher_is_told_that_nobody_heard():
    board, ear = NoticeBoard(), Ear()
    async with board.listening(ear):
        pass
    assert not board.publish(reminder("pasta"))
    assert ear.texts == []


async def test_whoever_waits_for_a_door_is_called_when_one_begins_to_listen():
    board, arrivals = NoticeBoard(), []
    board.on_arrival(lambda: arrivals.append("door"))
    assert arrivals == []
    async with board.listening(Ear()):
        assert arrivals == ["door"]
