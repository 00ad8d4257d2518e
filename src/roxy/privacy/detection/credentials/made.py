"""What a machine made to be secret, and what only stands for a secret."""

import re

_PLACEHOLDER = re.compile(
    r"\$[A-Z_][A-Z0-9_]*|\$[a-z_]+|\$\{\w+\}|<[\w -]+>|\{\{?\s*\w+\s*\}?\}|\*+|\.{3,}|x{3,}|(?i:null|none|true"
    r"|false|undefined|string|str)"
    r"|(?i:required)"
)
_CODE = re.compile(
    r"(?:str|int|bool|string|bytes|None|null|Optional\[\w+\])\s?[),;=\]|]"
    r"|(?:os|process|env|url|self|this|config|settings|args|request|req|ctx|options|opts)[.\[]|[A-Za-z_][\w.]*\("
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_FILE = re.compile(r"\.[A-Za-z]{1,4}[0-9]?$|^\.{0,2}/|://")
_PIECES = re.compile(r"[-_./=+~]")
_RUN = re.compile(r"[A-Za-z0-9]{12,}")
_RANDOM = re.compile(
    r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])(?=(?:\D*\d){2})(?:.{16,}|(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z]).{12,})|[A-Za-z]{32,}"
)
_SIGNS = re.compile(r"(?=\S*\d)(?=\S*[A-Z])(?=\S*[a-z])[\w+/=~.-]{20,}")
_PASSWORD = re.compile(
    r"(?=[^A-Za-z]*[A-Za-z])(?=\D*\d|\w*[^\w.,:;/()-]).{6,}|(?=[A-Za-z]*?[a-z][A-Z][A-Za-z]*?[a-z][A-Z])[A-Za-z]{8,}"
)
_WORDS = re.compile(r"[a-z]{1,16}|[A-Z][a-z]{0,15}|[A-Z]{1,12}|\d{1,4}")
_FEWEST_WORDS = 3


def is_worded(value: str) -> bool:
    """Whether a long name is of words, such as `pa-the-long-name-of-a-branch`, and no machine drew it."""
    pieces = [piece for piece in _PIECES.split(value) if piece]
    return len(pieces) >= _FEWEST_WORDS and all(map(_WORDS.fullmatch, pieces))


def is_placeholder(value: str) -> bool:
    """Whether a value only stands for a secret: `${TOKEN}`, `<your key>`, `****`, or a piece of a program."""
    return _PLACEHOLDER.fullmatch(value) is not None or _CODE.match(value) is not None


def looks_random(value: str) -> bool:
    """Whether a value looks made by a machine to be secret: a long run of letters and digits, no path, no UUID."""
    if _UUID.fullmatch(value) or _FILE.search(value):
        return False
    if any(map(_RANDOM.fullmatch, _RUN.findall(value))):
        return True
    words = all(piece.isalpha() or piece.isdigit() for piece in _PIECES.split(value) if piece)
    return not words and _SIGNS.fullmatch(value) is not None


def looks_like_password(value: str) -> bool:
    """Whether nobody would write it but as a password: letters with digits or signs, or capitals anywhere."""
    return _PASSWORD.fullmatch(value) is not None
