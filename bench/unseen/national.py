"""People that states give to people, with their checksums."""

from collections.abc import Callable

from unseen.people import DIGITS, People, luhn, weighted


def _again(make: Callable[[People], str | None]) -> Callable[[People], str]:
    def draw(of: People) -> str:
        while (value := make(of)) is None:
            pass
        return value

    return draw


def _nir(of: People) -> str:
    body = f"{of.of('12')}{of.number(40, 99)}{of.number(1, 12):02d}{of.number(1, 95):02d}{of.chars(6)}"
    return body + f"{97 - int(body) % 97:02d}"


def _bsn(of: People) -> str | None:
    body = of.chars(8)
    last = weighted(body, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return None if last == 10 else body + str(last)


def _cpf(of: People) -> str:
    body = of.chars(9)
    for length in (10, 11):
        rest = weighted(body, tuple(range(length, 1, -1))) * 10 % 11
        body += str(rest % 10)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}" if of.likely(0.6) else body


def _pesel(of: People) -> str:
    day = of.birth()
    body = day.strftime("%y%m%d") + of.chars(4)
    return body + str(-weighted(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def _dni(of: People) -> str:
    number = of.number(10**7, 10**8 - 1)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def _nino(of: People) -> str:
    return of.shape(of.of(["JK 99 99 99 A", "CE999999B", "PW 99 99 99 C"])[:-1]) + of.of("ABCD")


def _nhs(of: People) -> str | None:
    body = of.of("469") + of.chars(8)
    last = 11 - weighted(body, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return None if last == 10 else f"{body[:3]} {body[3:6]} {body[6:]}{last % 11}"


def _ahv(of: People) -> str:
    body = "756" + of.chars(9)
    last = -weighted(body, (1, 3) * 6) % 10
    return f"756.{body[3:7]}.{body[7:11]}.{body[11]}{last}"


def _personnummer(of: People) -> str:
    day = of.birth().strftime("%y%m%d")
    tail = of.chars(3)
    return f"{day}-{tail}{luhn(day + tail)}"


def _hetu(of: People) -> str:
    day, tail = of.birth().strftime("%d%m%y"), f"{of.number(2, 899):03d}"
    return f"{day}-{tail}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(day + tail) % 31]}"


def _sin(of: People) -> str:
    body = of.of("1234567") + of.chars(7)
    body += luhn(body)
    return f"{body[:3]} {body[3:6]} {body[6:]}"


def _rut(of: People) -> str:
    body = str(of.number(5_000_000, 24_000_000))
    rest = 11 - sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body))) % 11
    return f"{int(body):,}".replace(",", ".") + "-" + {10: "K", 11: "0"}.get(rest, str(rest))


def _nric(of: People) -> str:
    body = of.chars(7)
    return f"S{body}{'JZIHGFEDCBA'[weighted(body, (2, 7, 6, 5, 4, 3, 2)) % 11]}"


def _kimlik(of: People) -> str:
    body = of.of("123456789") + of.chars(8)
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    tenth = (odd * 7 - even) % 10
    return f"{body}{tenth}{(odd + even + tenth) % 10}"


def _belgian(of: People) -> str:
    body = of.birth().strftime("%y%m%d") + f"{of.number(1, 998):03d}"
    return f"{body[:2]}.{body[2:4]}.{body[4:6]}-{body[6:9]}.{97 - int(body) % 97:02d}"


def _aadhaar(of: People) -> str:
    table = [[(one + other) % 5 if one < 5 and other < 5 else 0 for other in range(10)] for one in range(10)]
    for one in range(10):
        for other in range(10):
            turn = one >= 5
            step = (one % 5 - other % 5) % 5 if turn else (one + other % 5) % 5
            table[one][other] = step + 5 * (turn != (other >= 5))
    first = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    turns = [list(range(10))]
    for _ in range(7):
        turns.append([turns[-1][first[sign]] for sign in range(10)])
    body, check = of.of("23456789") + of.chars(10), 0
    for place, digit in enumerate(reversed(body)):
        check = table[check][turns[(place + 1) % 8][int(digit)]]
    last = table[check].index(0)
    whole = f"{body}{last}"
    return f"{whole[:4]} {whole[4:8]} {whole[8:]}"


def _pan(of: People) -> str:
    return of.shape("AAA") + "P" + of.shape("A9999A")


def _steuer(of: People) -> str:
    digits = of.random.sample(DIGITS, 9)
    digits.insert(of.number(1, 9), of.of(digits[1:]))
    if digits[0] == "0":
        digits = [*digits[1:], "0"]
    body, product = "".join(digits), 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return body + str((11 - product) % 10)


def _za(of: People) -> str:
    body = of.birth().strftime("%y%m%d") + of.chars(4) + "08"
    return body + luhn(body)


def _cnp(of: People) -> str:
    body = of.of("12") + of.birth().strftime("%y%m%d") + f"{of.number(1, 46):02d}" + f"{of.number(1, 999):03d}"
    rest = weighted(body, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return body + str(1 if rest == 10 else rest)


def _oib(of: People) -> str:
    body, rest = of.chars(10), 10
    for digit in body:
        rest = ((int(digit) + rest) % 10 or 10) * 2 % 11
    return body + str((11 - rest) % 10)


def _nif(of: People) -> str:
    body = of.of("12") + of.chars(7)
    rest = 11 - weighted(body, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return body + str(0 if rest > 9 else rest)


def _chinese(of: People) -> str:
    body = of.of(["110105", "310104", "440303", "510107"]) + of.birth().strftime("%Y%m%d") + of.chars(3)
    return body + "10X98765432"[weighted(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11]


NATIONAL: tuple[Callable[[People], str], ...] = (
    *(
        _nir,
        _cpf,
        _pesel,
        _dni,
        _nino,
        _ahv,
        _personnummer,
        _hetu,
        _sin,
        _rut,
        _nric,
        _kimlik,
        _belgian,
        _aadhaar,
        _pan,
    ),
    *(_steuer, _za, _cnp, _oib, _nif, _chinese, _again(_bsn), _again(_nhs)),
)
