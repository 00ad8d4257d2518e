"""The pages that promise to work when they are followed, followed from top to bottom in a fresh home."""

import pytest

from fakes.pages import ROOT, matches, pages, run, steps

FOLLOWED = [page.relative_to(ROOT).as_posix() for page in pages() if any(True for _ in steps(page))]
"""Every page with a block that is run."""


@pytest.mark.timeout(300)
@pytest.mark.requirement("setup.docs")
@pytest.mark.parametrize("page", FOLLOWED)
def test_every_command_and_chat_of_the_page_prints_what_the_page_shows(page, fresh_home):
    followed = run(ROOT / page, fresh_home)
    assert followed
    surprising = [
        f"{step.place}: exit code {code}\n{step.script}\n{out}"
        for step, code, out in followed
        if bool(code) != step.fails
    ]
    assert not surprising, "\n".join(surprising)
    different = [
        f"{step.place}: {step.script}\nshows:\n{step.shown}\nprints:\n{out}"
        for step, _, out in followed
        if not matches(step.shown, out)
    ]
    assert not different, "\n".join(different)


def test_only_what_differs_from_day_to_day_may_differ():
    shown = "It's 3:48 PM in Tokyo.\nTomorrow: 1 of … on Sunday, November 22, in 914 ms."
    assert matches(
        shown, "It's 11:02 AM on Friday in Tokyo.\nTomorrow: 1 of all\nthings on Friday, May 1, in 3.5 ms.\n"
    )
    assert not matches(shown, "It's 11:02 AM in Osaka.\nTomorrow: 1 of all on Friday, May 1, in 3 ms.")
    assert not matches(shown, "It's 11:02 AM in Tokyo.")
    assert not matches("tomorrow at 7:30 AM", "tomorrow at 8:30 AM")
    assert matches("", "anything")
