import pytest

from roxy.contracts.events import Event, EventKind
from roxy.events.log import EventLog
from roxy.events.sampling import Sampler
from roxy.events.search import EventQuery, find


def _called(correlation, **data):
    return Event(kind=EventKind.TOOL_CALL, name="tool.called", data=data, correlation_id=correlation)


@pytest.mark.requirement("events.sampling")
def test_a_share_of_the_verbose_events_is_kept_and_says_so():
    sampler = Sampler(0.25)
    kept = [event for n in range(4_000) if (event := sampler.kept(_called(f"cor{n}", success=True)))]
    assert 800 < len(kept) < 1_200
    assert kept[0].extra == {"roxy": {"sampled": 0.25}}


def test_events_of_one_turn_share_their_fate():
    sampler = Sampler(0.5)
    fates = {sampler.kept(_called("cor", success=True, n=n)) is None for n in range(50)}
    assert len(fates) == 1


@pytest.mark.requirement("events.sampling")
def test_failures_audits_decisions_and_whole_answers_are_always_kept():
    sampler = Sampler(0)
    kinds = set(EventKind) - {EventKind.CHUNK}
    events = [Event(kind=kind, name="x") for kind in kinds] + [_called("c", success=False)]
    assert [sampler.kept(event) for event in events] == events
    assert sampler.kept(Event(kind=EventKind.CHUNK, name="x")) is None
    assert sampler.kept(_called("c", success=True)) is None


@pytest.mark.requirement("events.chunks")
def test_pieces_of_answers_have_a_share_of_their_own_within_that_of_all():
    piece = Event(kind=EventKind.CHUNK, name="x", correlation_id="c")
    assert Sampler(1.0, 0).kept(piece) is None
    assert Sampler(0, 1.0).kept(piece) is None
    sampler = Sampler(1.0, 0.25)
    keys = [f"cor{n}" for n in range(4_000)]
    taken = [key for key in keys if sampler.takes(EventKind.CHUNK, key)]
    assert 800 < len(taken) < 1_200
    for key in keys[:50]:
        kept = sampler.kept(Event(kind=EventKind.CHUNK, name="x", correlation_id=key))
        assert (kept is not None) == (key in taken)
        assert kept is None or kept.extra == {"roxy": {"sampled": 0.25}}
    call = _called("c", success=True)
    assert sampler.kept(call) is call


def test_a_whole_sample_changes_nothing():
    event = _called("c", success=True)
    assert Sampler(1.0).kept(event) is event


async def test_the_log_samples_what_is_recorded_but_nothing_that_is_waited_for(database):
    async with EventLog(database, sampler=Sampler(0)) as log:
        log.record(_called("c", success=True))
        await log.append(_called("waited", success=True))
    assert [event.correlation_id for event in await find(database, EventQuery())] == ["waited"]
