"""The bench for skill authors: one skill, the real way from an utterance to its answer, and doubles all around it.

    from pathlib import Path
    from roxy.testing import skill_bench

    async def test_it_tells_the_time():
        async with skill_bench(Path(__file__).parent) as bench:
            bench.now = bench.at("2026-03-01 15:04")
            reply = await bench.say("what time is it")
            assert reply.success and "3:04" in reply.text

What the bench gives is in `bench.py`, the doubles are in `doubles.py`. It needs no test framework.
"""

from roxy.testing.bench import Bench, BenchReply, skill_bench
from roxy.testing.examples import Misrouted, check_examples

__all__ = ["Bench", "BenchReply", "Misrouted", "check_examples", "skill_bench"]
