"""Numbers with a form of their own: cards, accounts, social security, addresses of the internet, dates of birth."""

import ipaddress
import string
from datetime import date, timedelta
from itertools import pairwise
from random import Random

DIGITS = string.digits
LETTERS = string.ascii_uppercase
ACCOUNTS = {
    "de": "DE:dddddddddddddddddd",
    "at": "AT:dddddddddddddddd",
    "ch": "CH:ddddddddddddddddd",
    "gb": "GB:uuuudddddddddddddd",
    "ie": "IE:uuuudddddddddddddd",
    "nl": "NL:uuuudddddddddd",
    "be": "BE:dddddddddd",
    "pt": "PT:ddddddddddddddddddd",
    "fr": "FR:ddddddddddddddddddddd",
}
BELGIAN_BANKS = ("001", "068", "310", "734", "979")
CARDS = (("4", 16), ("51", 16), ("54", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16))
CUTS = {15: (0, 4, 10, 15), 16: (0, 4, 8, 12, 16)}
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
TONGUES = {"de": "de", "at": "de", "fr": "fr", "es": "es", "mx": "es", "nl": "nl", "be": "nl"}
DAY_FIRST = ("{d:02}/{m:02}/{y}", "{d:02}.{m:02}.{y}", "{d:02}-{m:02}-{y}", "{d}/{m}/{y}")


def chance(rng: Random, share: float) -> bool:
    """Whether a thing happens that happens in that share of cases."""
    return rng.random() < share


def pattern(rng: Random, shape: str) -> str:
    """A pattern with # for a digit, % for one from 2 to 9 and & for a capital letter, filled by chance."""
    choices = {"#": DIGITS, "%": DIGITS[2:], "&": "ABCDEFGHJKLMNPRSTUWXYZ"}
    return "".join(rng.choice(choices.get(sign, sign)) for sign in shape)


def luhn_digit(body: str) -> str:
    """The last digit that makes a card number valid."""
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in body[::-2]]
    plain = [int(digit) for digit in body[-2::-2]]
    return str(-(sum(doubled) + sum(plain)) % 10)


def card_bare(rng: Random) -> str:
    """A valid card number without spaces."""
    prefix, length = rng.choice(CARDS)
    body = prefix + "".join(rng.choices(DIGITS, k=length - 1 - len(prefix)))
    return body + luhn_digit(body)


def card(rng: Random) -> str:
    """A valid card number as people write it."""
    number = card_bare(rng)
    groups = [number[start:end] for start, end in pairwise(CUTS[len(number)])]
    return rng.choice((number, " ".join(groups), " ".join(groups), "-".join(groups)))


def _national(rng: Random, land: str, shape: str) -> str:
    choices = {"d": DIGITS, "u": LETTERS}
    body = "".join(rng.choice(choices[sign]) for sign in shape)
    if land == "be":
        body = rng.choice(BELGIAN_BANKS) + body[3:]
        return body + f"{int(body) % 97 or 97:02}"
    if land == "pt":
        return body + f"{98 - int(body) * 100 % 97:02}"
    if land == "fr":
        bank, branch, account = int(body[:5]), int(body[5:10]), int(body[10:])
        return body + f"{97 - (89 * bank + 15 * branch + 3 * account) % 97:02}"
    return body


def iban_check(land: str, body: str) -> str:
    """The two digits after the letters of the land."""
    digits = "".join(str(int(sign, 36)) for sign in body + land + "00")
    return f"{98 - int(digits) % 97:02}"


def ssn_bare(rng: Random) -> str:
    """The same without signs between."""
    return ssn(rng).replace("-", "").replace(" ", "")


def iban(rng: Random, home: str) -> str:
    """A valid account number of a land, or of another when the land has none here."""
    land = home if home in ACCOUNTS else rng.choice(list(ACCOUNTS))
    code, shape = ACCOUNTS[land].split(":")
    body = _national(rng, land, shape)
    whole = code + iban_check(code, body) + body
    spaced = " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))
    return rng.choice((whole, spaced, spaced))


def ssn(rng: Random) -> str:
    """A social security number of the United States, in a range that is handed out."""
    area = rng.choice((*range(1, 666), *range(667, 900)))
    parts = f"{area:03}", f"{rng.randint(1, 99):02}", f"{rng.randint(1, 9999):04}"
    return rng.choice(("-", "-", "-", " ")).join(parts)


def internet_address(rng: Random) -> str:
    """A public address, of either version."""
    if chance(rng, 0.3):
        tail = rng.choice(([0, 0, 0, 0], [0, 0, 0, rng.getrandbits(16)], [rng.getrandbits(16) for _ in range(4)]))
        groups = [0x2A02, rng.getrandbits(16), rng.getrandbits(16), rng.getrandbits(8) + 1, *tail[:3], tail[3] or 1]
        return str(ipaddress.IPv6Address(":".join(f"{group:x}" for group in groups)))
    while True:
        address = ipaddress.IPv4Address(rng.randint(11 << 24, 223 << 24))
        if address.is_global:
            return str(address)


def birthday(rng: Random) -> date:
    """A day between 1938 and 2009."""
    return date(1938, 1, 1) + timedelta(days=rng.randrange(26_000))


def spelt_birthday(rng: Random, day: date, land: str) -> str:
    """A day as people of a land write it."""
    tongue = TONGUES.get(land, "en")
    month = MONTHS[tongue].split()[day.month - 1]
    long = {
        "en": (f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}"),
        "de": (f"{day.day}. {month} {day.year}",),
        "es": (f"{day.day} de {month} de {day.year}",),
    }.get(tongue, (f"{day.day} {month} {day.year}",))
    numeric = ("{m:02}/{d:02}/{y}", "{m}/{d}/{y}") if land == "us" else DAY_FIRST
    short = rng.choice(numeric).format(d=day.day, m=day.month, y=day.year)
    return rng.choice((day.isoformat(), short, rng.choice(long)))
