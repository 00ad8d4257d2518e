"""The example phrases closest to an utterance that nobody understood: an honest answer instead of a guess."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from roxy.skills.sentences.hearing import normal


def nearest(text: str, examples: Iterable[tuple[str, str]], n: int = 3) -> list[str]:
    """The `n` phrases nearest to `text`, at most one for each owner; `examples` are pairs of owner and phrase."""
    pairs = list(examples)
    ranked = process.extract(
        normal(text), [normal(phrase) for _, phrase in pairs], scorer=fuzz.token_set_ratio, limit=len(pairs)
    )
    ranked.sort(key=lambda found: (-found[1], found[2]))
    chosen: dict[str, str] = {}
    for _, _, at in ranked:
        owner, phrase = pairs[at]
        chosen.setdefault(owner, phrase)
        if len(chosen) == n:
            break
    return list(chosen.values())
