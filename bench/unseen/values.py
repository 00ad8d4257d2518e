"""Values that look real and belong to nobody: names, addresses, numbers with their checksums, and harmless shapes.

Everything is drawn from one `random.Random`, so that a seed gives the same texts for ever. Names and places are in the
files beside this module; nothing comes from a library of made-up people. A maker gives the value and its type, or the
value and `None` when nothing in it is personal.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from unseen.numbers import Numbers
from unseen.people import HEX, weighted

Value = tuple[str, str | None]


class Harmless(Numbers):
    """Shapes of machines and of daily life in which nobody is meant."""

    def moment(self) -> datetime:
        return datetime(2019, 1, 1, tzinfo=UTC) + timedelta(seconds=self.number(0, 2 * 10**8))

    def uuid(self) -> str:
        return self.shape("xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx")

    def sha(self) -> str:
        return self.chars(self.random.choice([7, 8, 12, 40, 40, 64, 32]), HEX)

    def version(self) -> str:
        return ".".join(str(self.number(0, 30)) for _ in range(self.random.choice([2, 3, 3, 4]))) + self.of(
            ["", "", "-rc1", "-beta.2", "+build7"]
        )

    def iso(self) -> str:
        return self.moment().strftime(
            self.of(
                ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%dT%H%M%S", "%Y-%m-%dT%H:%M:%S.123+02:00"]
            )
        )

    def epoch(self) -> str:
        return str(int(self.moment().timestamp()) * self.random.choice([1, 1000, 10**6]))

    def number_id(self) -> str:
        return self.shape(
            self.of(
                [
                    "1" + "9" * 5,
                    "1" + "9" * 9,
                    "1" + "9" * 12,
                    "ORD-199999",
                    "INV-2024-9999",
                    "AA-9999999",
                    "SKU-AAA-999",
                    "1999999999",
                    "PO199999",
                    "CASE#99999",
                    "1" + "9" * 18,
                ]
            )
        )

    def isbn(self) -> str:
        body = "978" + self.chars(9)
        last = -weighted(body, (1, 3) * 6) % 10
        return f"{body[:3]}-{body[3]}-{body[4:8]}-{body[8:12]}-{last}" if self.likely(0.5) else f"{body}{last}"

    def ean(self) -> str:
        body = self.of(["40", "50", "30", "76", "87"]) + self.chars(10)
        return body + str(-weighted(body, (1, 3) * 6) % 10)

    def tracking(self) -> str:
        return self.shape(
            self.of(["1Z999AA19999999999", "AA199999999DE", "9405 5999 9999 9999 9999 99", "JD9999999999999999"])
        )

    def file(self) -> str:
        return self.of(
            [
                "src/main.rs",
                "app/models/order.py",
                "docker-compose.yml",
                "README.md",
                "/var/log/syslog.2.gz",
                "IMG_20230514_101112.jpg",
                "report-2024-Q3.xlsx",
                "~/notes/todo.txt",
                "C:\\Temp\\build.log",
                "package-lock.json",
                "tests/test_parser.py",
                "Makefile",
                "invoice_00123.pdf",
            ]
        )

    def price(self) -> str:
        return self.of(["$", "€", "£", "CHF ", "USD "]) + f"{self.number(1, 9999):,}.{self.number(0, 99):02d}"

    def clock(self) -> str:
        return f"{self.number(0, 23)}:{self.number(0, 59):02d}"

    def colour(self) -> str:
        return "#" + self.chars(6, HEX)

    def coordinates(self) -> str:
        return f"{self.random.uniform(-60, 70):.5f}, {self.random.uniform(-170, 170):.5f}"


def makers(of: Harmless) -> dict[str, Callable[[], Value]]:
    """Every kind of slot a template may name."""
    places = of.places
    personal: dict[str, tuple[str, Callable[[], str]]] = {
        "person": ("PERSON", of.whole),
        "first": ("PERSON", lambda: of.parts()[1]),
        "last": ("PERSON", lambda: of.parts()[2]),
        "lower": ("PERSON", lambda: of.whole().lower()),
        "firstlower": ("PERSON", of.parts()[1].lower),
        "upper": ("PERSON", lambda: of.whole().upper()),
        "lastfirst": ("PERSON", lambda: "{2}, {1}".format(*of.parts())),
        "script": ("PERSON", of.script),
        "email": ("EMAIL_ADDRESS", of.email),
        "phone": ("PHONE_NUMBER", of.phone),
        "intphone": ("PHONE_NUMBER", of.phone_int),
        "address": ("ADDRESS", of.address),
        "street": (
            "ADDRESS",
            lambda: of.street(of.of(["en", "us", "de", "fr", "es", "it", "nl", "pt", "pl", "nordic"])),
        ),
        "city": ("LOCATION", lambda: of.of(places["city"])),
        "country": ("LOCATION", lambda: of.of(places["country"])),
        "zip": ("ZIP_CODE", of.postcode),
        "dob": ("DATE_OF_BIRTH", of.dob),
        "isodob": ("DATE_OF_BIRTH", lambda: of.birth().isoformat()),
        "card": ("CREDIT_CARD", of.card),
        "iban": ("IBAN_CODE", of.iban),
        "ssn": ("US_SSN", of.ssn),
        "ip": ("IP_ADDRESS", of.ip),
        "ipv6": ("IP_ADDRESS", of.ipv6),
        "mac": ("MAC_ADDRESS", lambda: of.shape(of.of(["xx:xx:xx:xx:xx:xx", "xx-xx-xx-xx-xx-xx"]))),
        "imei": ("IMEI", of.imei),
        "vin": ("VIN", of.vin),
        "plate": ("LICENSE_PLATE", of.plate),
        "passport": (
            "PASSPORT",
            lambda: of.shape(of.of(["199999999", "A99999999", "C1AAA99A9", "19AA99999", "AA9999999", "AAA999999"])),
        ),
        "licence": (
            "DRIVER_LICENSE",
            lambda: of.shape(of.of(["A9999999", "A99999999999", "AAAAA999999AA9AA", "199999999", "9999999999999"])),
        ),
        "nid": ("ID", of.national),
        "handle": ("USERNAME", of.handle),
        "account": ("BANK_ACCOUNT", lambda: of.chars(of.random.choice([8, 8, 9, 10, 12]))),
        "sort": ("BANK_ACCOUNT", lambda: of.shape("99-99-99")),
        "routing": ("BANK_ACCOUNT", of.routing),
        "btc": ("CRYPTO", of.bitcoin),
        "eth": ("CRYPTO", lambda: "0x" + of.chars(40, HEX)),
        "home": ("COORDINATES", of.coordinates),
        "homelat": ("COORDINATES", lambda: f"{of.random.uniform(35, 60):.6f}"),
        "password": ("SECRET", of.password),
        "cvc": ("SECRET", lambda: of.chars(3)),
        "org": ("ORGANIZATION", lambda: of.of(places["org"])),
    }
    plain: dict[str, Callable[[], str]] = {
        "word": lambda: of.of(places["word"]),
        "uuid": of.uuid,
        "sha": of.sha,
        "version": of.version,
        "iso": of.iso,
        "epoch": of.epoch,
        "id": of.number_id,
        "isbn": of.isbn,
        "ean": of.ean,
        "tracking": of.tracking,
        "file": of.file,
        "price": of.price,
        "clock": of.clock,
        "colour": of.colour,
        "spot": of.coordinates,
        "n": lambda: str(of.number(1, 999)),
        "n4": lambda: str(of.number(1000, 9999)),
        "port": lambda: str(of.number(1024, 65000)),
        "decimal": lambda: f"{of.random.uniform(0, 500):.{of.number(1, 6)}f}",
    }
    both: dict[str, Callable[[], Value]] = {}
    for kind, (label, make) in personal.items():
        both[kind] = lambda make=make, label=label: (make(), label)  # type: ignore[misc]
    for kind, make in plain.items():
        both[kind] = lambda make=make: (make(), None)  # type: ignore[misc]
    return both
