"""What the reminders skill leaves to other skills."""

import pytest

from roxy.testing import skill_bench


@pytest.mark.parametrize(
    "said",
    [
        "what time is it",
        "how many feet in 3 miles",
        "remember that Bob likes tea",
        "what is my wifi password",
        "add milk to the list",
        "how long is the great wall of china",
        "what is left to do",
    ],
)
async def test_what_belongs_to_others_is_left_to_them(said):
    async with skill_bench(__file__) as bench:
        with pytest.raises(AssertionError, match="no sentence"):
            await bench.say(said)
