"""Write the examination: ``python -m blind.make SEED ROUNDS OUTDIR``.

Makes ``toolargs.jsonl``, ``clean.jsonl``, ``prose.jsonl`` (``{"text", "spans"}`` per line) and ``secrets.json``.
"""

import json
import sys
from pathlib import Path
from random import Random

from blind.check import problems
from blind.sections import templates
from blind.templates import fill
from blind.tokens import specimens

FILES = {
    "toolargs.jsonl": ("args_personal.txt", "args_neutral.txt"),
    "clean.jsonl": ("clean_json.txt", "clean_prose.txt"),
    "prose.jsonl": ("prose.txt",),
}


def lines(sources: tuple[str, ...], rng: Random, rounds: int) -> list[str]:
    """Every template filled once a round, without doubles, in an order of chance."""
    found: dict[str, str] = {}
    for _ in range(rounds):
        for template in (template for source in sources for template in templates(source)):
            row = fill(template, rng)
            wrong = problems(row)
            if wrong:
                raise ValueError(f"{wrong} in {row.text!r}")
            found[row.text] = json.dumps({"text": row.text, "spans": row.spans}, ensure_ascii=False)
    made = list(found.values())
    rng.shuffle(made)
    return made


def main(arguments: list[str]) -> None:
    """Write the files of one seed."""
    seed, rounds, folder = int(arguments[0]), int(arguments[1]), Path(arguments[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, sources in FILES.items():
        made = lines(sources, Random(f"{seed}/{name}"), rounds)  # noqa: S311 - chance that is meant to be repeatable
        (folder / name).write_text("".join(line + "\n" for line in made), encoding="utf-8")
        print(f"{name}: {len(made)} lines")
    pairs = specimens(Random(f"{seed}/secrets"), rounds)  # noqa: S311 - as above
    text = json.dumps(pairs, ensure_ascii=False, indent=0)
    (folder / "secrets.json").write_text(text + "\n", encoding="utf-8")
    print(f"secrets.json: {len(pairs)} texts of {len({kind for kind, _ in pairs})} kinds")


if __name__ == "__main__":
    main(sys.argv[1:])
