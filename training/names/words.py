"""Closed lists of words (`words.txt`): titles, parts of streets and companies, months, peoples, products, headings."""

import re
from pathlib import Path


def _read() -> dict[str, list[str]]:
    text = Path(__file__).with_name("words.txt").read_text(encoding="utf-8")
    sections = re.findall(r"^\[(\w+)\]\n((?:[^\[#].*\n)+)", text, re.MULTILINE)
    return {name: [word for line in lines.splitlines() for word in line.split("|")] for name, lines in sections}


_LISTS = _read()
TITLES = _LISTS["TITLES"]
STREETS = _LISTS["STREETS"]
ORGANIZATIONS = _LISTS["ORGANIZATIONS"]
TIMES = _LISTS["TIMES"]
NATIONS = _LISTS["NATIONS"]
PRODUCTS = _LISTS["PRODUCTS"]
COMPANIES = _LISTS["COMPANIES"]
TECHNICAL = _LISTS["TECHNICAL"]
HEADINGS = _LISTS["HEADINGS"]
BRANDS = _LISTS["BRANDS"]
OFFICES = _LISTS["OFFICES"]
THINGS = _LISTS["THINGS"]
PEOPLES = [word.title() for word in NATIONS[: NATIONS.index("deutsch")]]
"""Those that are written with a capital in English."""
