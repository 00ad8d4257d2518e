"""The example phrases closest to an utterance that nobody understood: an honest answer instead of a guess.

Phrases are compared by the words that carry their meaning; "what", "the" and the like make nothing alike. Where fewer
than asked for are near, the first phrases of other skills fill up: they show what there is.
"""

from collections.abc import Iterable

from rapidfuzz import fuzz

from roxy.skills.sentences.hearing import normal

_SMALL = frozenset(
    word
    for line in (
        "a about all am an and any are as at be been by can could did do does for from get give had has have he her",
        "him his how i if in into is it its let make me my need new no not of off on one or our out please put say",
        "shall she should so some tell that the their them then there they this to too up us was we were what when",
        "where which who whose why will with would you your now go going just like want very really",
    )
    for word in line.split()
)
_ALIKE = 85.0
_NEAR = 0.45
"""The share of an utterance's meaning that a phrase must hold to be called near."""


def nearest(text: str, examples: Iterable[tuple[str, str]], n: int = 3) -> list[str]:
    """The `n` phrases nearest to `text`, at most one for each owner; `examples` are pairs of owner and phrase.

    An owner is written `skill.intent`; where nothing is near, each skill has its say before one has a second.
    """
    said = _meaning(text)
    pairs = list(examples)
    scored = [(_nearness(said, phrase), at) for at, (_, phrase) in enumerate(pairs)]
    near = sorted(((score, -at) for score, at in scored if score >= _NEAR), reverse=True)
    chosen: dict[str, str] = {}
    for _, place in near:
        owner, phrase = pairs[-place]
        chosen.setdefault(owner, phrase)
    return [*chosen.values(), *_others(pairs, chosen)][:n]


def _meaning(text: str) -> list[str]:
    words = normal(text).split()
    return [word for word in words if word not in _SMALL] or words


def _nearness(said: list[str], phrase: str) -> float:
    """Between 0 and 1: how much of `said` the phrase holds, less a little for what else it says."""
    there = _meaning(phrase)
    if not said or not there:
        return 0.0
    best = (max(fuzz.ratio(word, other, score_cutoff=_ALIKE) for other in there) / 100 for word in said)
    return sum(best) / len(said) - 0.02 * max(0, len(there) - len(said))


def _others(pairs: list[tuple[str, str]], chosen: dict[str, str]) -> list[str]:
    """The first phrase of each skill that has none yet, then of each other owner."""
    skills = {owner.partition(".")[0] for owner in chosen}
    firsts: dict[str, str] = {}
    rest: dict[str, str] = {}
    for owner, phrase in pairs:
        skill = owner.partition(".")[0]
        if skill not in skills:
            firsts.setdefault(skill, phrase)
        if owner not in chosen:
            rest.setdefault(owner, phrase)
    return list(dict.fromkeys([*firsts.values(), *rest.values()]))
