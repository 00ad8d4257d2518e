import pytest

from roxy.errors import ServerTimeout
from roxy.mcp.operations.figures import KEPT, Figures


def test_percentiles_are_of_the_nearest_rank():
    figures = Figures()
    for milliseconds in range(100, 0, -1):
        figures.add(milliseconds / 1000, success=True)
    found = [figures.percentile(share) for share in (0.0, 0.5, 0.95, 1.0)]
    assert found == pytest.approx([0.001, 0.05, 0.095, 0.1])


def test_without_calls_there_are_no_percentiles():
    assert Figures().percentile(0.5) is None


def test_one_call_is_its_own_percentile():
    figures = Figures()
    figures.add(0.2, success=False)
    assert (figures.percentile(0.5), figures.percentile(0.95)) == (0.2, 0.2)
    assert (figures.calls, figures.failed) == (1, 1)


def test_only_the_latest_times_count_and_all_calls():
    figures = Figures()
    figures.add(60.0, success=True)
    for _ in range(KEPT):
        figures.add(0.1, success=True)
    assert figures.percentile(1.0) == 0.1
    assert figures.calls == KEPT + 1


def test_the_last_trouble_is_kept_with_its_time():
    figures = Figures()
    figures.trouble(ServerTimeout("It did not answer.", server="s", hint="Wait."))
    assert figures.last_error == "It did not answer."
    assert figures.last_error_at is not None
