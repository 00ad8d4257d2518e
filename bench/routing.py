"""How fast an utterance finds its skill: 100 generated skills with 20 phrases each, over utterances not seen before.

Prints p50, p95 and the longest time of `Grammar.hits` for utterances that match (other slot values than the examples,
politeness, contractions) and for such that do not; how many went where they belong; and the time of the first match in
a fresh process over the bundled skills, compiled anew and from the cache. Run: `python bench/routing.py [seed]`.
"""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from roxy.skills.folder import read_folder
from roxy.skills.sentences.grammar import Grammar

SKILLS, PHRASES, ROUNDS = 100, 20, 3
VERBS = [
    "show",
    "find",
    "open",
    "close",
    "start",
    "stop",
    "add",
    "remove",
    "play",
    "book",
    "order",
    "check",
    "read",
    "send",
    "plan",
    "count",
    "move",
    "print",
    "save",
    "share",
]
THINGS = [
    "invoice",
    "ticket",
    "lamp",
    "recipe",
    "meeting",
    "album",
    "parcel",
    "garden",
    "budget",
    "route",
    "photo",
    "letter",
    "ladder",
    "window",
    "battery",
]
PLACES = ["kitchen", "office", "cellar", "attic", "garage", "library", "studio", "balcony", "hallway", "bedroom"]
FILLERS = ["the red one", "something for Ada", "a very long thing with many words in it", "42 apples", "São Paulo"]
STRANGE = [
    "the weather was nice when we walked along the river",
    "I wonder whether any of this makes sense",
    "please show me how to open my heart to the music of the spheres",
    "colourless green ideas sleep furiously",
    "could you perhaps find out why the start of the book is missing a page",
    "so long and thanks for all the fish " * 5,
]
FRESH = """
import time; started = time.perf_counter()
import sys
from pathlib import Path
from roxy.skills.finding import SkillSource
from roxy.skills.manager import SkillManager
loaded = time.perf_counter()
manager = SkillManager([SkillSource("bundled", Path(sys.argv[1]), trusted=True)], cache=Path(sys.argv[2]))
try: manager.__aenter__().send(None)
except StopIteration: pass
matched = manager.match("what time is it")
ended = time.perf_counter()
print(f"{1e3 * (loaded - started):.1f} {1e3 * (ended - loaded):.1f} {len(manager.skills())}")
"""


def phrase(number: int, at: int, rng: random.Random) -> tuple[str, str]:
    """A template and an utterance that it must match."""
    verb, thing = VERBS[at % len(VERBS)], f"{rng.choice(THINGS)} {number}"
    place, filler, count = rng.choice(PLACES), rng.choice(FILLERS), rng.randint(1, 90)
    shapes = [
        (f"{verb} [me] [the|my] {thing} (in|at) [the] {{place}}", f"{verb} my {thing} in the {place}"),
        (f"{verb} {{what}} (to|into) [the|my] {thing}", f"{verb} {filler} to my {thing}"),
        (f"{verb} {{n}} {thing}[s] [please]", f"{verb} {count} {thing}"),
        (f"(what's|where's|how's) [the] {thing} [for {{what}}] {verb}", f"what's the {thing} for {filler} {verb}"),
        (f"[would you] {verb} [every|all|the] {thing} [now|today|tomorrow]", f"{verb} every {thing} tomorrow"),
    ]
    return shapes[at % len(shapes)]


def write_skills(root: Path, rng: random.Random) -> list[tuple[str, str]]:
    """Generate the skills; returns utterances with the intent they mean."""
    wanted = []
    for number in range(SKILLS):
        folder = root / f"skill-{number}"
        folder.mkdir()
        (folder / "SKILL.md").write_text(f"---\nname: {folder.name}\ndescription: Number {number}.\n---\n")
        (folder / "skill.py").write_text("")
        lines = ["intents:"]
        for at in range(PHRASES):
            template, said = phrase(number, at, rng)
            slots = (
                "{place: {type: choice, values: [" + ", ".join(PLACES) + "]}, n: {type: integer}, what: {type: text}}"
            )
            lines += [f"  i{at}:", f"    slots: {slots}", f'    sentences: ["{template}"]']
            wanted.append((said, f"{folder.name}.i{at}"))
        (folder / "roxy.yaml").write_text("\n".join(lines))
    return wanted


def dressed(said: str, rng: random.Random) -> str:
    return rng.choice(["{}", "Hey Roxy, {}!", "could you {}, please?", "{}.", "please {}"]).format(said)


def measure(grammar: Grammar, utterances: list[str]) -> list[float]:
    times = []
    for said in utterances:
        began = time.perf_counter()
        grammar.hits(said)
        times.append(1e3 * (time.perf_counter() - began))
    return times


def report(name: str, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100)
    print(f"{name:34} p50 {cuts[49]:6.2f} ms   p95 {cuts[94]:6.2f} ms   max {max(times):6.2f} ms   n {len(times)}")


def main() -> None:
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 7)  # noqa: S311  # repeatable, not secret
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "skills")
        root.mkdir()
        wanted = write_skills(root, rng)
        grammar = Grammar()
        began = time.perf_counter()
        for folder in sorted(root.iterdir()):
            grammar.put(folder.name, read_folder(folder).templates)
        print(f"compiling {SKILLS} skills of {PHRASES} phrases: {time.perf_counter() - began:.2f} s")
        said = [(dressed(text, rng), goal) for text, goal in rng.sample(wanted, 500)]
        report("matching, first time", measure(grammar, [text for text, _ in said]))
        times = [one for _ in range(ROUNDS) for one in measure(grammar, [text for text, _ in said])]
        report("matching, again", times)
        mixed = [text for text, _ in said[:250]] + STRANGE * 20
        rng.shuffle(mixed)
        report("matching and not, mixed", measure(grammar, mixed))
        report("not matching", measure(grammar, STRANGE * 20))
        right = sum(
            bool(hits := grammar.hits(text)) and f"{hits[0].skill}.{hits[0].intent}" == goal for text, goal in said
        )
        wrong = sum(bool(grammar.hits(text)) for text in STRANGE)
        print(f"right intent {right}/{len(said)}, strange ones taken {wrong}/{len(STRANGE)}")
        assert right > len(said) // 2
        fresh(Path(scratch))


def fresh(scratch: Path) -> None:
    bundled = Path(__file__).resolve().parents[1] / "skills"
    for name in ("compiled anew", "from the cache", "from the cache"):
        command = [sys.executable, "-c", FRESH, str(bundled), str(scratch / "cache")]
        imports, opening, skills = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        print(f"first match in a fresh process, {name}: {opening} ms after {imports} ms of imports ({skills} skills)")


if __name__ == "__main__":
    main()
