"""Secrets that what they are carried in tells: cookies, links, files of programs, phrases and codes to get back in.

None of them has a shape of its own; what stands around them says what they are.
"""

import re
from collections.abc import Callable, Iterator

from roxy.privacy.detection.credentials.made import is_placeholder, is_worded, looks_random
from roxy.privacy.detection.prefilter import SPACE, Rule, any_of, in_re2
from roxy.privacy.detection.spots import Spot

_SOME_MAKER = re.compile(
    r"(?<![A-Za-z0-9_/.-])(?P<value>(?:[A-Za-z0-9]{1,16}[_-]){0,3}"
    r"(?:(?P<sure>sk|rk|pat|secret|token|tok|tkn|oauth|refresh|signkey|apikey|whsec|privkey)"
    r"|key|api|auth|live|prod|test|priv|access|personal|admin|bot|svc)"
    r"(?:[_-][A-Za-z0-9]{1,10}){0,2}[_-](?P<drawn>[A-Za-z0-9]{20,200}(?:[_-][A-Za-z0-9]{4,100}){0,4}))(?![A-Za-z0-9_/-])"
)
"""`acme_live_…`, `some-pat-…`: names of the parts say that it is a token, whoever made it."""
_NAMED = re.compile(
    r"(?<![\w./-])(?!sha\d|md5|h1[-_:])(?P<value>[a-z][a-z0-9]{1,11}[_-](?:[a-z0-9]{2,10}[_-]){0,2}"
    r"(?=[^A-Z\W]{0,60}[A-Z])(?=[^a-z\W]{0,60}[a-z])(?=(?:[A-Za-z]{0,30}\d){4})[A-Za-z0-9]{32,200}={0,2})(?![\w/-])"
)
"""A short name and a long run of letters of both sizes and digits: a token, whoever made it."""
_DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|\d+")
_COOKIES = re.compile(
    r"(?:(?i:\b(?:set-)?cookie)[\"']?\s?[:=]\s?|\b(?:curl|wget|http)\b[^\n]{0,200}?\s(?:-b|--cookie)[\s=])"
    r"[\"']?(?P<value>[^\r\n\"]{8,4000})"
)
_COOKIE_JAR = re.compile(
    r"\t(?:TRUE|FALSE)\t/[^\t\n]{0,80}\t(?:TRUE|FALSE)\t\d{1,12}\t[^\t\n]{1,80}\t(?P<value>[^\s]{6,4000})"
)
_COOKIE = re.compile(r"(?P<name>[\w.!#$%&'*+^`|~-]{1,64})=(?P<value>[^;,\s\"']{8,4000})")
_COOKIE_NAME = re.compile(r"sess|sid|token|auth|csrf|xsrf|jwt|login|remember|user|uid|key|secret", re.IGNORECASE)
_QUERY = re.compile(
    r"[?&\#;](?:[\w-]{0,20}[_.-])?(?i:code|ticket|otp|auth|invite|magic|sid|session|key|token|t|k|s|sig|sign|signature|hmac|hash"
    r"|jwt|state|nonce|assertion|credential|pass|pwd|password|secret|policy|rlkey|resourcekey|authkey|apikey|appid"
    r"|invitation)=(?P<value>[\w%.~+/=!-]{16,4000})"
)
_SURE_QUERY = re.compile(r"sig|hmac|token|secret|auth|pass|pwd|credential", re.IGNORECASE)
_PATH = re.compile(
    r"/(?i:[\w-]{0,24}(?:reset|magic|invite|invitation|verify|verification|confirm|activate|activation|unsubscribe|token"
    r"|login|signin|private|secret|share|ping|hook)(?:-[\w-]{1,24})?[/-])(?:[a-z]{1,12}/)?(?P<value>[\w.~-]{20,400})(?![\w.~-])"
    r"|://(?:web)?hooks?\.[\w.-]{3,80}/(?:[\w-]{1,30}/){0,3}?(?P<hooked>[\w-]{20,400})(?![\w.~-])"
)
_DRAWN_PATH = re.compile(
    r"(?=(?:[^\d]*\d){3}|[^A-Z]*[A-Z][^a-z]*[a-z])(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])(?![^\n]*\.[a-z]{2,4}$)(?:[A-Za-z0-9]{20,}|[\w~-]*[A-Za-z0-9]{10,}[\w~-]*"
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"
)
_USER_OF_URL = re.compile(r"://(?P<value>[\w.~%-]{20,200})@")
_PGPASS = re.compile(r"(?m)^[\w.*-]{1,120}:(?:\d{2,5}|\*):[^:\s]{1,64}:[^:\s]{1,64}:(?P<value>[^\s:]{3,128})$")
_NETRC = re.compile(r"\blogin\s+\S{1,64}\s+password\s+(?P<value>\S{1,128})")
_SECURE_STRING = re.compile(
    r"ConvertTo-SecureString\s+(?:-String\s+)?[\"'](?P<value>[^\"'\r\n]{3,200})[\"']", re.IGNORECASE
)
_OTP_URI = re.compile(r"otpauth://[^\s\"'<>]{0,200}?[?&]secret=(?P<value>[A-Za-z2-7=]{8,128})", re.IGNORECASE)
_WIFI = re.compile(r"\bWIFI:(?:[^;]{0,64};){0,4}P:(?P<value>(?:[^;\\]|\\.){3,128})", re.IGNORECASE)
_NETWORK_KEY = re.compile(r"\b(?:psk|wpa_passphrase)\s?=\s?[\"']?(?P<value>[^\s\"']{8,64})", re.IGNORECASE)
_PUTTY = re.compile(
    r"Private-Lines:\s?\d{1,3}\s+(?P<value>(?:[A-Za-z0-9+/=]{1,64}\s+){1,40}(?:Private-MAC:\s?[0-9a-f]{40,64})?)"
)
_MAC_OF_KEY = re.compile(r"Private-MAC:\s?(?P<value>[0-9a-f]{40,64})")
_PHRASE_NAMES = (
    r"(?:seed|recovery|backup|secret|wallet|bip-?39|metamask|ledger|trezor|electrum)[\s_-]?(?:phrase|words?|seed|mnemonic)"
    r"|mnemonic(?:[\s_-]?phrase)?"
)
_PHRASE = re.compile(
    rf"(?:{_PHRASE_NAMES})"
    r"(?:\s(?:is|are|for\s\S{1,20}\sis)|\s?[:=])?[\s:=\"'`\u201c(]{1,4}"
    r"(?P<value>(?:1[.)]\s?)?(?:[a-z]{3,8}[ ,\n]{1,2}(?:\d{1,2}[.)]\s?)?){11,23}[a-z]{3,8})(?![a-z])",
    re.IGNORECASE,
)
_PHRASE_WORDS = (12, 15, 18, 21, 24)
_PASSPHRASE = re.compile(
    r"pass\s?phrase\b(?:\s(?:for|of|to)\s(?:\S{1,20}\s){1,4}?)?\s?(?:is|was|:|=)\s?[\"'`\u201c](?P<value>[^\"'`\u201d\n]{4,200})[\"'`\u201d]",
    re.IGNORECASE,
)
_CODE_NAMES = r"(?:back-?up|recovery|scratch|rescue|emergency|one-time)\s(?:access\s|login\s)?codes?"
_CODES = re.compile(
    rf"{_CODE_NAMES}\b(?:\s(?:for|of)\s\S{1, 20})?(?:\s(?:are|is))?"
    r"[\s:=\"'\[(]{1,6}(?P<value>[A-Za-z0-9]{4,12}(?:[- ][A-Za-z0-9]{4,12}){0,4}"
    r"(?:[\s,;\"']{1,4}(?=[a-z-]{0,9}\d)[A-Za-z0-9]{4,12}(?:-[A-Za-z0-9]{4,12}){0,4}){0,20})",
    re.IGNORECASE,
)
_SEED_NAMES = (
    r"(?:set-?up|2fa|mfa|totp|otp|authenticator|two-factor)\s(?:set-?up\s|secret\s)?(?:key|secret|seed|code)s?"
)
_SEED = re.compile(
    rf"{_SEED_NAMES}(?:\s(?:is|was))?[\s:=\"']{{1,4}}"
    r"(?P<value>[A-Za-z2-7]{16,64}|(?:[A-Za-z2-7]{4}[ -]){3,15}[A-Za-z2-7]{4})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"(?:product|licen[cs]e|activation|serial|registration|cd|windows|steam|office)\s?(?:key|code|number|no)?s?(?:\s(?:is|for\s\S{1,20}(?:\sis)?))?"
    r"[\s:=\#\"']{1,4}(?P<value>(?-i:[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){2,8}))(?![A-Za-z0-9-])",
    re.IGNORECASE,
)
_WALLET_KEY = re.compile(
    r"(?:priv\w{0,3}|private|secret|wallet|wif)[\s_-]?(?:key)?[^\n]{0,20}?\b(?P<value>(?:0x)?[0-9a-fA-F]{64}|[5KL][1-9A-HJ-NP-Za-km-z]{50,51})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_ALL_LETTERS_AND_DIGITS = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z]).*")
_MANIFEST = re.compile(r"\bkind:\s*[\"']?Secret\b")
_MANIFEST_DATA = re.compile(r"(?m)^(?:stringData|data):\s*\n(?P<rows>(?:[ \t]+[\w.-]+:[^\n]*\n?){1,60})")
_MANIFEST_ROW = re.compile(r"(?m)^[ \t]+[\w.-]+:[ \t]*(?P<value>[^\s][^\n]{2,})$")
_SHORTEST_SEEN = 36
_Check = Callable[[re.Match[str]], bool]


def _always(_found: re.Match[str]) -> bool:
    return True


def _real(found: re.Match[str]) -> bool:
    return not is_placeholder(found["value"])


def _of_some_maker(found: re.Match[str]) -> bool:
    drawn = found["drawn"]
    if not _ALL_LETTERS_AND_DIGITS.fullmatch(drawn) or is_worded(found["value"]):
        return False
    return looks_random(drawn) and (bool(found["sure"]) or not _DIGEST.fullmatch(drawn))


def _drawn_query(found: re.Match[str]) -> bool:
    if is_placeholder(found["value"]):
        return False
    if found["value"].startswith(("!A", "0-")):  # as some makers begin the keys of what is shared
        return True
    return looks_random(found["value"]) or (
        _SURE_QUERY.search(found[0][:20]) is not None and len(found["value"]) >= _SHORTEST_SEEN
    )


def _drawn(found: re.Match[str]) -> bool:
    return looks_random(found["value"])


def _is_phrase(found: re.Match[str]) -> bool:
    return len(re.findall(r"[a-z]+", found["value"], re.IGNORECASE)) in _PHRASE_WORDS


def _with_digits(found: re.Match[str]) -> bool:
    return any(map(str.isdigit, found["value"]))


def _in_paths(text: str) -> Iterator[Spot]:
    """The secret part of a link that lets in whoever has it: to a reset, an invitation, a hook, a calendar."""
    for found in _PATH.finditer(text):
        value = found[found.lastgroup or 0]
        if _DRAWN_PATH.fullmatch(value) and not is_worded(value):
            yield Spot(*found.span(found.lastgroup or 0), "SECRET", 0.8, "token")


def _in_cookies(text: str) -> Iterator[Spot]:
    """The values of cookies that name a session, or that a machine drew (RFC 6265, section 4)."""
    for header in _COOKIES.finditer(text):
        for pair in _COOKIE.finditer(text, *header.span("value")):
            named = _COOKIE_NAME.search(pair["name"]) is not None
            if (named and _ALL_LETTERS_AND_DIGITS.fullmatch(pair["value"])) or looks_random(pair["value"]):
                yield Spot(*pair.span("value"), "SECRET", 0.9, "cookie")


def _in_manifests(text: str) -> Iterator[Spot]:
    """The values of a Kubernetes secret."""
    if not _MANIFEST.search(text):
        return
    for block in _MANIFEST_DATA.finditer(text):
        for row in _MANIFEST_ROW.finditer(text, *block.span("rows")):
            yield Spot(*row.span("value"), "SECRET", 0.9, "token")


def _finder(pattern: re.Pattern[str], kind: str, check: _Check) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            if check(found):
                yield Spot(*found.span("value"), "SECRET", 0.85, kind)

    return find


_ROWS: tuple[tuple[str, str, tuple[str, ...], re.Pattern[str], _Check], ...] = (
    # Name of the rule, what the mask is called, what a text must hold, the pattern, and what is asked of a match.
    (
        "token of some maker", "token",
        (
            (
                r"(?:sk|rk|pat|secret|token|tok|tkn|oauth|refresh|signkey|apikey|whsec|privkey|key|api|auth|live|prod"
                r"|test|priv|access|personal|admin|bot|svc)(?:[_-][A-Za-z0-9]{1,10}){0,2}[_-][A-Za-z0-9]{20}"
            ),
        ),
        _SOME_MAKER, _of_some_maker,
    ),
    ("token with a name", "token", (r"[a-z0-9][_-][A-Za-z0-9]{32}",), _NAMED, _always),
    ("secret of a link", "token", (r"[?&#;][\w.-]{1,40}=[\w%.~+/=!-]{16}",), _QUERY, _drawn_query),
    ("cookie jar", "cookie", (r"\t(?:TRUE|FALSE)\t/",), _COOKIE_JAR, _real),
    ("user of a link", "token", (r"://[\w.~%-]{20,}@",), _USER_OF_URL, _drawn),
    ("pgpass", "password", (r":(?:[0-9]{2,5}|\*):[^:\s]+:[^:\s]+:[^:\s]",), _PGPASS, _real),
    ("netrc", "password", (rf"login{SPACE}+[^\s]+{SPACE}+password",), _NETRC, _real),
    ("secure string", "password", ("(?i:ConvertTo-SecureString)",), _SECURE_STRING, _real),
    ("seed of a link", "token", ("(?i:otpauth://)",), _OTP_URI, _always),
    ("network of a code", "password", ("(?i:WIFI:)",), _WIFI, _real),
    ("network key", "password", (rf"(?i:psk|wpa_passphrase){SPACE}?=",), _NETWORK_KEY, _real),
    ("PuTTY key", "private_key", ("Private-Lines:",), _PUTTY, _always),
    ("MAC of a key", "private_key", ("Private-MAC:",), _MAC_OF_KEY, _always),
    (
        "seed phrase", "seed_phrase",
        (in_re2(_PHRASE_NAMES),),
        _PHRASE, _is_phrase,
    ),
    ("passphrase", "password", (any_of(("passphrase", "pass phrase")),), _PASSPHRASE, _real),
    ("codes to get back in", "recovery_code", (in_re2(_CODE_NAMES),), _CODES, _with_digits),
    ("seed of codes", "token", (in_re2(_SEED_NAMES),), _SEED, _always),
    ("licence key", "licence_key", (r"[A-Z0-9]{4,8}-[A-Z0-9]{4,8}-[A-Z0-9]{4}",), _LICENCE, _with_digits),
    ("key of a wallet", "private_key", ("[0-9A-Za-z]{51}",), _WALLET_KEY, _always),
)  # fmt: skip
KINDS = frozenset({*(kind for _, kind, _, _, _ in _ROWS), "cookie"})
_BY_LOOK = frozenset(
    {"token of some maker", "token with a name", "secret of a link", "user of a link", "key of a wallet"}
)
_LETS_IN = any_of(
    (
        "reset", "magic", "invit", "verif", "confirm", "activat", "unsubscribe", "token", "login", "signin", "private",
        "secret", "share", "ping", "hook",
    )
)  # fmt: skip
_OF_ROWS = tuple(Rule(name, needs, _finder(pattern, kind, check)) for name, kind, needs, pattern, check in _ROWS)
DRAWN = (
    *(rule for rule in _OF_ROWS if rule.name in _BY_LOOK),
    Rule("path of a link", (_LETS_IN, r"[/-][\w.~-]{20}"), _in_paths),
)
"""Those that are of sixteen letters and digits at least."""
TOLD = (
    *(rule for rule in _OF_ROWS if rule.name not in _BY_LOOK),
    Rule("cookie", (rf"(?i:cookie)[\"']?{SPACE}?[:=]|{SPACE}(?:-b|--cookie)[\s=]",), _in_cookies),
    Rule("manifest of a secret", (r"kind:\s*[\"']?Secret",), _in_manifests),
)
"""Those that a word tells."""
