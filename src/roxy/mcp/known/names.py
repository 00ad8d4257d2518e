"""Names that a person could take for one another: of servers, and of the tools of one server.

A name is compared as it looks: compatibility characters by their plain forms (NFKC, Unicode Standard Annex 15), letters
of other scripts and digits by the Latin letters they resemble (after Unicode Technical Standard 39, "skeleton"; only
the letters that stand in for Latin ones), without case and separators. Roxy's own names are also guarded against
names that differ in one letter.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from roxy.contracts.servers import OWN_NAMES
from roxy.mcp.known import texts

_RESEMBLING = {  # Latin letters, and the Cyrillic, Greek and other ones that look like them
    "a": "\u0430\u0410\u03b1\u0391",
    "b": "\u0432\u0412\u0392",
    "c": "\u0441\u0421",
    "d": "\u0501",
    "e": "\u0435\u0415\u0395",
    "h": "\u04bb\u043d\u041d\u0397",
    "i": "\u0456\u0406\u03b9\u0399\u0131",
    "j": "\u0458\u0408\u0237",
    "k": "\u043a\u041a\u03ba\u039a",
    "l": "\u04cf",
    "m": "\u043c\u041c\u039c",
    "n": "\u039d",
    "o": "\u043e\u041e\u03bf\u039f",
    "p": "\u0440\u0420\u03c1\u03a1",
    "r": "\u0433",
    "s": "\u0455\u0405",
    "t": "\u0442\u0422\u03c4\u03a4",
    "u": "\u03c5",
    "v": "\u03bd",
    "x": "\u0445\u0425\u03c7\u03a7",
    "y": "\u0443\u0423\u03a5",
    "z": "\u0396",
}
_LIKE = str.maketrans(
    {"0": "o", "1": "l", "|": "l", "I": "l", **{one: latin for latin, ones in _RESEMBLING.items() for one in ones}}
)
_SEPARATORS = str.maketrans("", "", "-_. ")


def skeleton(name: str) -> str:
    """`name` as it looks; two names with one skeleton can be taken for each other."""
    plain = texts.plain(unicodedata.normalize("NFKC", name))
    return plain.translate(_LIKE).casefold().translate(_SEPARATORS).replace("rn", "m").replace("vv", "w")


def look_alikes(names: Iterable[str]) -> Sequence[Sequence[str]]:
    """The groups of different names that can be taken for each other, in the order of `names`."""
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        groups.setdefault(skeleton(name), []).append(name)
        folded = name.casefold().translate(_SEPARATORS)
        if folded != skeleton(name) and name not in groups.setdefault(folded, []):
            groups[folded].append(name)
    found = [tuple(group) for group in groups.values() if len(group) > 1]
    return tuple(dict.fromkeys(found))


def problems(servers: Iterable[str], tools: Mapping[str, Iterable[str]]) -> Sequence[str]:
    """What to say about the names of servers, and of the tools of each, as far as they are known."""
    named = list(servers)
    said = [f"The servers {_listed(group)} can be taken for each other." for group in look_alikes(named)]
    for name in named:
        near = next((own for own in OWN_NAMES if name not in OWN_NAMES and is_near(name.casefold(), own)), None)
        if near is not None:
            said.append(f"The server {name} can be taken for Roxy's own {near}.")
    for server, offered in tools.items():
        told = map(_listed, look_alikes(offered))
        said += [f"Of the server {server}, the tools {names} can be taken for each other." for names in told]
    return said


def is_near(name: str, other: str) -> bool:
    """Whether one letter more, less, changed, or changed with its neighbour makes `other` of `name`."""
    if name == other or abs(len(name) - len(other)) > 1:
        return False
    begin = next((at for at, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), min(len(name), len(other)))
    one, two = name[begin:], other[begin:]
    swapped = len(one) > 1 and one[:2] == two[1::-1] and one[2:] == two[2:]
    return one[1:] == two[1:] or one[1:] == two or one == two[1:] or swapped


def _listed(group: Sequence[str]) -> str:
    # What only looks the same is told apart by its code points.
    shown = [name if name.isascii() else f"{texts.plain(name)} ({ascii(name)[1:-1]})" for name in group]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
