"""From how people say a calculation to symbols: "two plus two times three" is `2 + 2 * 3`.

The order: leave out the words around it; rearrange the forms that name their operation first ("subtract 5 from 10");
numbers into figures; words into operators; percentages by what stands beside them. What is left over is no arithmetic.
"""

import re

from .arithmetic import FUNCTIONS, MAX_LENGTH, CannotCalculateError
from .numerals import plain_figures, read

_LEAD = re.compile(
    r"^(?:(?:hey|ok|okay|hi)?\s*roxy[\s,:]*|please\s+|(?:can|could|would) you\s+(?:please\s+)?|"
    r"(?:tell me|do you know)\s+|"
    r"what(?:'s| is|s| are| would be| does)\s+|like\s+|about\s+|calc\s+|"
    r"how much (?:is|are|does|would be)\s+|how many (?:is|are)\s+|"
    r"(?:calculate|compute|evaluate|work out|figure out|solve|find|give me|get)\s+|and then\s+|and\s+|then\s+|now\s+)",
)
_TAIL = re.compile(
    r"(?:\s*(?:\?|=|!(?=\s*\?)|\.(?!\d)|equals?(?: to)?|make|come to|please|roxy|thanks|thank you|altogether|"
    r"in total))+\s*$"
)
_NUMBER = r"(.+?)"
_FORMS: tuple[tuple[str, str], ...] = (
    (rf"add {_NUMBER} (?:and|to|plus) (.+)", r"(\1) + (\2)"),
    (rf"subtract {_NUMBER} from (.+)", r"(\2) - (\1)"),
    (rf"take {_NUMBER} (?:away )?from (.+)", r"(\2) - (\1)"),
    (rf"multiply {_NUMBER} (?:by|with|and) (.+)", r"(\1) * (\2)"),
    (rf"divide {_NUMBER} by (.+)", r"(\1) / (\2)"),
    (r"(?:the )?difference (?:between|of) (.+?) and (.+)", r"(\1) - (\2)"),
    (r"(?:the )?quotient of (.+?) and (.+)", r"(\1) / (\2)"),
    (r"(?:the )?remainder (?:of|when) (.+?) (?:is )?divided by (.+)", r"(\1) mod (\2)"),
    (rf"(?:what )?percent(?:age)? of {_NUMBER} is (.+)", r"(\2) / (\1) * 100"),
    (r"(.+?) (?:is )?(?:what|which) percent(?:age)? of (.+)", r"(\1) / (\2) * 100"),
    (r"(.+?) as a percent(?:age)? of (.+)", r"(\1) / (\2) * 100"),
    (r"(.+?)(?: %| percent) off(?: of)? (.+)", r"(\2) * (1 - (\1) / 100)"),
    (
        r"(.+?)(?: %| percent) (?:tip|vat|tax|interest|discount|commission) (?:on|of|for|from) (.+)",
        r"(\1) / 100 * (\2)",
    ),
    (
        r"(?:split|share) (.+?) (?:between|by|among|into) (.+?)(?: (?:people|ways|persons|of us|friends|parts))?",
        r"(\1) / (\2)",
    ),
    (r"(?:a )?tip of (.+?)(?: %| percent) (?:on|of|for) (.+)", r"(\1) / 100 * (\2)"),
)
_LISTS = {
    "sum": " + ",
    "total": " + ",
    "product": " * ",
    "average": ", ",
    "mean": ", ",
    "maximum": ", ",
    "minimum": ", ",
}
_LIST_CALLS = {"average": "average", "mean": "average", "maximum": "max", "minimum": "min"}
_WORDS: tuple[tuple[str, str], ...] = (
    (r"(?:the )?square root of", "sqrt"), (r"(?:the )?cube root of", "cbrt"), (r"(?:the )?root of", "sqrt"),
    (r"(?:the )?absolute value of", "abs"), (r"(?:the )?factorial of", "factorial"),
    (r"(?:the )?(?:natural log(?:arithm)?|ln) of", "ln"), (r"(?:the )?log(?:arithm)? of", "log"),
    (r"(?:the )?sine? of", "sin"), (r"(?:the )?cos(?:ine)? of", "cos"), (r"(?:the )?tan(?:gent)? of", "tan"),
    (r"and (?:a|one) half", "andhalf"), (r"and (?:a|one) quarter", "andquarter"), (r"and three quarters", "andthree"),
    (r"degrees?", ""), (r"twice|double", "2 *"), (r"triple", "3 *"), (r"(?:a )?half of|half", "0.5 *"),
    (r"(?:a |one )?third of", "1 / 3 *"), (r"(?:a |one )?quarter of", "0.25 *"), (r"three quarters of", "0.75 *"),
    (r"two thirds of", "2 / 3 *"),
    (r"(?:raised )?to the power(?: of)?|(?:raised )?to the", "**"), (r"squared", "** 2"), (r"cubed", "** 3"),
    (r"plus|increased by|added to", "+"), (r"minus|less|negative|decreased by", "-"),
    (r"divided by|over", "/"), (r"times|multiplied (?:by|with)|by", "*"), (r"modulo|modulus|mod", "%%"),
    (r"percent of|% of", "/ 100 *"), (r"percent|per cent", "%"), (r"open (?:bracket|parenthesis)", "("),
    (r"close (?:bracket|parenthesis)", ")"), (r"factorial", "!"),
)  # fmt: skip
_SYMBOLS = str.maketrans(
    {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"}  # noqa: RUF001 - these very signs are what people type
    | {"²": " ** 2 ", "³": " ** 3 ", "[": "(", "]": ")", "√": " sqrt "}
)
_TOKEN = re.compile(r"\d+(?:\.\d+)?|\.\d+|[a-z']+|\*\*|%%|[-+*/^%!(),]")
_ORDINAL = re.compile(r"\b(\d+)(?:st|nd|rd|th)(?: power)?\b")
_NAMES = FUNCTIONS | {"pi", "e"}
_PARTS = {"andhalf": "0.5", "andquarter": "0.25", "andthree": "0.75"}
_ORDINAL_WORDS = {
    "second": "2",
    "third": "3",
    "fourth": "4",
    "fifth": "5",
    "sixth": "6",
    "seventh": "7",
    "eighth": "8",
    "ninth": "9",
    "tenth": "10",
}


def to_symbols(said: str, *, last: str = "") -> str:
    """The expression that `said` means, for `arithmetic.calculate`; `last` stands for "that" and for what is left out.

    Raises:
        CannotCalculateError: there are words in it that are no arithmetic; they are quoted.

    """
    if len(said) > MAX_LENGTH:
        raise CannotCalculateError(f"That is too long: I take up to {MAX_LENGTH} characters.")
    text = bare(said)
    text = _with_last(text, last)
    text = _rearranged(text)
    for pattern, symbol in _WORDS:
        text = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", f" {symbol} ", text)
    words = _TOKEN.findall(text.replace("^", " ** "))
    unknown = re.sub(r"\s+", " ", _TOKEN.sub(" ", text.replace("^", " "))).strip()
    if unknown or not words:
        raise CannotCalculateError(f"I do not know how to calculate “{said.strip()}”.")
    return _percentages(_functions(_figures(words, said)))


def bare(said: str) -> str:
    """What was said in lower case, without the words around the calculation."""
    text = plain_figures(re.sub(r"[$£€](?=\d)", "", said.casefold()).replace("\u2019", "'").translate(_SYMBOLS)).strip()
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)
    text = re.sub(r"(?<=\d)\s*x\s*(?=[\d(])|\s+x\s+", " * ", text)
    text = re.sub(r"(?<=\d)%", " %", text)
    while shorter := _LEAD.match(text):
        if not text[shorter.end() :].strip():
            break
        text = text[shorter.end() :]
    return _TAIL.sub("", text).strip()


def _with_last(text: str, last: str) -> str:
    """`times 3` and `double that` with the last result."""
    if not last:
        return text
    text = re.sub(r"\b(?:that|it|this|the (?:last )?(?:result|answer)|ans)\b", f" {last} ", text)
    if re.match(r"(?:add|subtract|multiply|divide)\b", text) and not re.search(
        r"\b(?:and|to|from|by|with|plus)\b.*\d", text
    ):
        text = re.sub(r"^subtract (.+)", r"minus \1", re.sub(r"^add (.+)", r"plus \1", text))
    text = re.sub(r"^multiply by", "times", re.sub(r"^divide by", "divided by", text))
    if re.match(r"(?:plus|minus|times|multiplied by|divided by|over|squared|cubed|to the|[-+*/^])", text):
        return f"{last} {text}"
    return text


def _rearranged(text: str) -> str:
    for pattern, form in _FORMS:
        if re.fullmatch(pattern, text):
            return re.sub(f"^{pattern}$", form, text)
    listed = re.fullmatch(rf"(?:the )?({'|'.join(_LISTS)}) (?:of|value of) (.+)", text)
    if listed:
        parts = [part for part in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", listed[2]) if part]
        return f"{_LIST_CALLS.get(listed[1], '')}({_LISTS[listed[1]].join(parts)})"
    for word, figure in _ORDINAL_WORDS.items():
        text = re.sub(rf"\bto the {word}(?: power)?\b", f"to the {figure}", text)
    return _ORDINAL.sub(r"\1", text)


def _figures(words: list[str], said: str) -> list[str]:
    """Number words into figures; what is neither a number, an operator nor a function is no arithmetic."""
    found: list[str] = []
    at = 0
    while at < len(words):
        operand = _operand(words, at)
        symbol = "+" if words[at] == "and" and found else words[at]
        if operand is None and symbol[0].isalpha() and symbol not in _NAMES:
            raise CannotCalculateError(f"I do not know what “{symbol}” means in “{said.strip()}”.")
        more, at = operand or ([symbol], at + 1)
        found += more
    return found


def _operand(words: list[str], at: int) -> tuple[list[str], int] | None:
    """The number at `at` in figures, with the half or quarter that may follow it."""
    number = read(words, at)
    if number is None:
        return None
    value, end = number
    figures = value if "." in value else value.lstrip("0") or "0"
    part = _PARTS.get(words[end]) if end < len(words) else None
    return ([figures], end) if part is None else (["(", figures, "+", part, ")"], end + 1)


def _functions(words: list[str]) -> list[str]:
    """Parentheses for functions without them (`sqrt 16`), and `factorial(7)` for `7 !`."""
    found: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "!":
            start = _start_of_operand(found)
            found[start:] = ["factorial", "(", *found[start:], ")"]
        elif found and found[-1] in FUNCTIONS and word != "(":
            found += ["(", word, *([next(rest, "")] if word in {"+", "-"} else []), ")"]
        else:
            found.append(word)
    return found


def _percentages(words: list[str]) -> str:
    """`80 + 10 %` is 80 and a tenth of it; `15 %` alone is 0.15; `17 %% 5` and `17 % 5` are remainders."""
    found: list[str] = []
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        if word != "%" or following[:1].isdigit() or following == "(":
            found.append("%" if word in {"%", "%%"} else word)
        elif len(found) > 2 and found[-2] in {"+", "-"}:  # noqa: PLR2004 - something, a sign and the percentage
            share = found.pop()
            sign = found.pop()
            found = ["(", *found, ")", "*", "(", "1", sign, share, "/", "100", ")"]
        else:
            found += ["/", "100"]
    return " ".join(found)


def _start_of_operand(words: list[str]) -> int:
    """Where the last operand begins: its number, or its opening parenthesis with a function before it."""
    if not words or words[-1] != ")":
        return max(0, len(words) - 1)
    depth = 0
    for at in range(len(words) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(words[at], 0)
        if depth == 0:
            return at - 1 if at and words[at - 1] in FUNCTIONS else at
    return 0
