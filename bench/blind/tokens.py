"""Secrets: the shapes vendors hand out, passwords, connection strings and keys; put together only at run time."""

import base64
import json
import re
import string
from random import Random

from blind.numbers import pattern
from blind.sections import groups, table, words

ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "b": string.ascii_uppercase + "234567",
    "c": string.ascii_letters,
    "d": string.digits,
    "h": string.digits + "abcdef",
    "s": string.ascii_letters + string.digits + "/+",
    "u": string.ascii_uppercase + string.digits,
    "w": string.ascii_letters + string.digits + "_-",
}
PEMS = (("RSA ", 12), ("OPENSSH ", 9), ("EC ", 4), ("", 14))


def _random(rng: Random, letter: str, length: int) -> str:
    inner = "".join(rng.choices(ALPHABETS[letter], k=length))
    if inner[-1] in "_-":  # a token that ends in a sign would be cut by whatever looks for words
        inner = inner[:-1] + rng.choice(string.ascii_letters)
    return inner


def shaped(rng: Random, shape: str) -> str:
    """A token after one of the shapes in vendors.txt."""
    parts = []
    for piece in shape.split():
        literal = re.fullmatch(r"'(.*)'", piece)
        parts.append(literal.group(1) if literal else _random(rng, piece[0], int(piece[1:])))
    return "".join(parts)


def distinct(rng: Random) -> str:
    """A token that can be told by its shape alone."""
    rows = [row for row in table("vendors.txt") if row[1] == "shape" and "webhook" not in row[0]]
    return shaped(rng, rng.choice(rows)[3])


def password(rng: Random) -> str:
    """A password as people make them, or as a manager of passwords does."""
    base = rng.choice(words("passbase"))
    other = rng.choice(words("passbase")).lower()
    return rng.choice(
        (
            f"{base}{rng.randint(10, 2024)}!",
            f"{base}{rng.choice('#$@%')}{rng.randint(100, 999)}",
            base.replace("e", "3").replace("i", "1") + pattern(rng, "_##%"),
            f"{base.lower()}-{other}-{rng.choice(words('colour'))}-{rng.randint(2, 99)}",
            "".join(rng.choices(string.ascii_letters + string.digits + "!#%*+", k=rng.randint(10, 18))) + "7",
        )
    )


def password_url(rng: Random) -> str:
    """A password that needs no quoting in an address."""
    return "".join(rng.choices(ALPHABETS["a"], k=rng.randint(9, 20)))


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


def jwt(rng: Random) -> str:
    """A signed web token about a job, not about a person."""
    head = {"alg": rng.choice(("HS256", "RS256", "ES256")), "typ": "JWT"}
    body = {"sub": f"job-{rng.randint(100, 9999)}", "iat": rng.randint(1_600_000_000, 1_770_000_000)}
    return f"{_segment(head)}.{_segment(body)}.{_random(rng, 'w', 43)}"


def private_key(rng: Random) -> str:
    """The text of a private key."""
    kind, lines = rng.choice(PEMS)
    fence = "-" * 5
    title = f"{kind}PRIVATE" + " KEY"
    body = "\n".join("".join(rng.choices(ALPHABETS["s"], k=64)) for _ in range(lines))
    return f"{fence}BEGIN {title}{fence}\n{body}\n{fence}END {title}{fence}"


def dsn(rng: Random) -> str:
    """A connection string with a password in it."""
    text = rng.choice(words("dsn"))
    text = text.replace("«password_url»", password_url(rng)).replace("«digit»", str(rng.randint(1, 9)))
    return text.replace("«slug»", "orders")


def storage(rng: Random) -> str:
    """A connection string of an account for storage."""
    key = base64.b64encode(rng.randbytes(64)).decode()
    return f"DefaultEndpointsProtocol=https;AccountName=files{rng.randint(10, 99)};Account" + f"Key={key}"


def basic(rng: Random) -> str:
    """The header of a log-in by name and password."""
    return "Basic " + base64.b64encode(f"robot:{password_url(rng)}".encode()).decode()


def bearer(rng: Random) -> str:
    """The header of a log-in by a token without a shape of its own."""
    return "Bearer " + _random(rng, "a", rng.randint(32, 48))


def _carried(rng: Random, group: str, value: str, names: tuple[str, str], picks: int) -> list[str]:
    env, vendor = names
    texts = []
    for carrier in rng.sample(groups("carriers.txt")[group], picks):
        text = carrier.replace("«env»", env).replace("«key»", env.lower()).replace("«vendor»", vendor)
        texts.append(text.replace("«value|json»", json.dumps(value)[1:-1]).replace("«value»", value))
    return texts


def specimens(rng: Random, rounds: int) -> list[tuple[str, str]]:
    """Every kind of secret, each in several carriers: pairs of kind and text."""
    others = (
        ("connection string", "dsn", dsn),
        ("storage connection string", "storage", storage),
        ("password", "password", password),
        ("private key", "block", private_key),
        ("web token", "shape", jwt),
        ("basic header", "header", basic),
        ("bearer header", "header", bearer),
    )
    found: list[tuple[str, str]] = []
    for _ in range(rounds):
        for kind, group, env, shape in table("vendors.txt"):
            vendor = kind.rpartition(" ")[0]
            found += [(kind, text) for text in _carried(rng, group, shaped(rng, shape), (env, vendor), 4)]
        for kind, group, maker in others:
            found += [(kind, text) for text in _carried(rng, group, maker(rng), ("SERVICE_TOKEN", "service"), 4)]
    return found
