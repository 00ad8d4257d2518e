"""Numbers of people and of their accounts, with their checksums."""

import hashlib
from itertools import pairwise

from unseen.national import NATIONAL
from unseen.people import ALNUM, HEX, People, luhn, weighted


class Numbers(People):
    """Numbers of people and accounts, with their checksums."""

    def card(self) -> str:
        prefix, length = self.random.choice(
            [
                ("4", 16),
                ("53", 16),
                ("2221", 16),
                ("34", 15),
                ("37", 15),
                ("6011", 16),
                ("3528", 16),
                ("36", 14),
                ("6759", 16),
            ]
        )
        body = prefix + self.chars(length - len(prefix) - 1)
        whole = body + luhn(body)
        cuts = (4, 10) if length == 15 else (4, 8, 12)
        style = self.of(["plain", " ", "-", "plain"])
        if style == "plain":
            return whole
        edges = [0, *[cut for cut in cuts if cut < length], length]
        return style.join(whole[start:end] for start, end in pairwise(edges))

    def iban(self) -> str:
        land, shape = self.random.choice(
            [
                ("DE", "9" * 18),
                ("FR", "9" * 23),
                ("GB", "AAAA" + "9" * 14),
                ("ES", "9" * 20),
                ("IT", "A" + "9" * 22),
                ("NL", "AAAA" + "9" * 10),
                ("PL", "9" * 24),
                ("PT", "9" * 21),
                ("BE", "9" * 12),
                ("AT", "9" * 16),
                ("CH", "9" * 17),
                ("NO", "9" * 11),
                ("SE", "9" * 20),
                ("IE", "AAAA" + "9" * 14),
                ("TR", "9" * 22),
                ("CZ", "9" * 20),
                ("HU", "9" * 24),
                ("GR", "9" * 23),
                ("SA", "9" * 20),
                ("AE", "9" * 19),
                ("MT", "AAAA" + "9" * 23),
            ]
        )
        body = self.shape(shape)
        number = int("".join(str(int(sign, 36)) for sign in body + land) + "00")
        whole = f"{land}{98 - number % 97:02d}{body}"
        return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4)) if self.likely(0.5) else whole

    def ssn(self) -> str:
        return f"{self.number(101, 665):03d}{(mark := self.of(['-', '-', ' ']))}{self.number(11, 98)}{mark}{self.number(1001, 9998)}"

    def ip(self) -> str:
        return f"{self.of([23, 45, 62, 81, 89, 94, 109, 145, 178, 185, 193, 203, 212])}.{self.number(0, 254)}.{self.number(0, 254)}.{self.number(1, 254)}"

    def ipv6(self) -> str:
        head = f"2{self.of(['001', 'a02', '606', '804', '400'])}"
        if self.likely(0.5):
            return f"{head}:{self.chars(4, HEX)}:{self.chars(3, HEX)}::{self.chars(4, HEX)}"
        return ":".join([head, *[self.chars(4, HEX) for _ in range(7)]])

    PHONES = (
        "+44 79## ######|+44 20 7### ####|07### ######|020 8### ####|+1 (4##) 555-####|(6##) 555-####|4##-555-####|+1-3##-555-####|8##.555.####"
        "|+49 151 ########|+49 (0)30 #######|0171/#######|030-########|+33 6 ## ## ## ##|06 ## ## ## ##|01.##.##.##.##|+34 6## ### ###|6## ## ## ##"
        "|+39 3## ### ####|+39 06 ########|3##-#######|+31 6 ########|06-########|+351 91# ### ###|91# ### ###|+48 5## ### ###|5##-###-###"
        "|+46 70-### ## ##|070-### ## ##|+47 4## ## ###|+358 40 #######|+420 6## ### ###|+36 30 ### ####|+40 72# ### ###|+30 69# ### ####"
        "|+7 9## ###-##-##|8 (9##) ###-##-##|+90 5## ### ## ##|+971 50 ### ####|+972 54-###-####|+91 98### #####|09#########|+86 13# #### ####"
        "|+81 90-####-####|090-####-####|+82 10-####-####|010-####-####|+84 9# ### ## ##|+66 8# ### ####|+62 812-####-####|+63 917 ### ####"
        "|+234 80# ### ####|+254 7## ######|+27 82 ### ####|+61 4## ### ###|04## ### ###|+64 21 ### ####|+55 (11) 9####-####|(21) 9####-####"
        "|+52 55 #### ####|+54 9 11 ####-####|+56 9 #### ####|+57 3## #######|+353 8# ### ####|+41 79 ### ## ##|+43 664 #######|+32 47# ## ## ##"
    ).split("|")

    def phone(self) -> str:
        return self._dial(self.of(self.PHONES))

    def phone_int(self) -> str:
        return self._dial(self.of([one for one in self.PHONES if one.startswith("+")]))

    def _dial(self, shape: str) -> str:
        return "".join(self.of("23456789") if sign == "#" else sign for sign in shape)

    def national(self) -> str:
        return self.random.choice(NATIONAL)(self)

    def bitcoin(self) -> str:
        return base58check(bytes([self.random.choice((0, 5))]) + self.random.randbytes(20))

    def plate(self) -> str:
        return self.shape(
            self.of(["AA99 AAA", "AA-999-AA", "A-AA 9999", "9999 AAA", "99-AA-99", "AAA 9999", "AA 999 AA"])
        )

    def imei(self) -> str:
        body = "35" + self.chars(12)
        return body + luhn(body)

    def vin(self) -> str:
        values = dict(
            zip(
                "ABCDEFGHJKLMNPRSTUVWXYZ0123456789",
                [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9, *range(10)],
                strict=True,
            )
        )
        body = self.shape("1AA99A99") + "_" + self.shape("9A999999")
        total = sum(
            values[sign] * weight
            for sign, weight in zip(
                body.replace("_", "0"), (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2), strict=True
            )
        )
        return body.replace("_", "0123456789X"[total % 11])

    def routing(self) -> str:
        body = self.of(["01", "02", "06", "11", "12", "26", "32"]) + self.chars(6)
        return body + str(-weighted(body, (3, 7, 1, 3, 7, 1, 3, 7)) % 10)

    def password(self) -> str:
        return self.of(
            [
                self.chars(self.number(9, 16), ALNUM + "!#%*?"),
                f"{self.of(self.places['word']).title()}{self.number(10, 9999)}{self.chars(1, '!?#*')}",
                "-".join(self.of(self.places["word"]) for _ in range(4)),
                self.chars(6, ALNUM) + "@" + self.chars(6, ALNUM),
            ]
        )


def base58check(payload: bytes) -> str:
    whole = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(whole, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[rest] + text
    return "1" * (len(whole) - len(whole.lstrip(b"\0"))) + text
