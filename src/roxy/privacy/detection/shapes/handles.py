"""What people are called on machines: user names by their key, by the words before them, in logs and before a host."""

import re
from collections.abc import Callable, Iterator

from roxy.privacy.detection.prefilter import Announced, Rule, in_re2
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables.words import listed

_HANDLE = r"[^\W\d_][\w.-]{1,38}[^\W_]|[^\W\d]\w{1,38}"
_WHOLE = re.compile(rf"\s*@?(?:{_HANDLE})\s*")
_MADE = re.compile(r"@?(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[a-z]{3,20}\d{1,4}|@\w{3,30})")
"""What only a machine calls somebody: joined names, names with a number."""
_NOBODY = listed(
    "admin administrator root user users username guest test tester demo default anonymous none null undefined "
    "nobody system service daemon postgres mysql mongo redis nginx www www-data http git github gitlab jenkins "
    "deploy deployer deployment ci cd bot app api web ubuntu debian centos fedora ec2-user opc pi vagrant docker "
    "node azureuser runner build builder backup sa svc worker operator support info sales contact noreply "
    "no-reply me self you owner all everyone here channel team string str required invalid missing already taken "
    "empty correct wrong unknown not the a an is was and or for with in on at to of true false set yes no "
    "available unavailable changed optional unique suspended blocked locked active inactive down up new old mine "
    "hers his theirs used needed case monitoring prometheus grafana kafka airflow superuser sysadmin localhost "
    "host public private internal staging prod "
)
_NO_HANDLE = re.compile(
    r"(?:^|[-_.])(?:bot|svc|ci|service|system|app|api|test|admin|user|deploy)(?:$|[-_.\d])", re.IGNORECASE
)
_SITES = (
    "github|gitlab|bitbucket|twitter|instagram|insta|facebook|tiktok|telegram|discord|reddit|mastodon|bluesky|threads"
    "|linkedin|snapchat|skype|slack|steam|twitch|youtube|strava|pinterest|venmo|cashapp|paypal|signal|whatsapp|xbox"
    "|playstation|psn|soundcloud|spotify|goodreads|duolingo|lichess|wechat|line|viber|vk"
)
_NAMED = (
    r"user\s?name|user\s?id|login\sname|handle|nick(?:name)?|screen\s?name|gamer\s?tag|benutzername|nom\sd['\u2019]utilisateur"
    r"|pseudo|nombre\sde\susuario|nome\sutente|gebruikersnaam|nome\sde\susu[a\u00e1]rio|nazwa\su\u017cytkownika"
    r"|anv\u00e4ndarnamn|brukernavn|brugernavn|k\u00e4ytt\u00e4j\u00e4tunnus"
)
_IS = r"(?:\s(?:is|was|ist|lautet|est|es|\u00e8|\u00e9|to|\u00e4r|er|on)(?:\s?[:=])?\s|\s?[:=]\s?|\s)[\"'`\u201c]?"
_NAMES = rf"\b(?:{_NAMED}|(?:{_SITES})\s(?:account|profile|user|page|name))(?:\s(?:on|for|at|in)\s\S{{1,20}})?{_IS}"
_SITED = (
    rf"\b(?:on|auf|sur|en|su|op|via|my|her|his|their)\s(?:{_SITES}|x)"
    r"\s?(?:\s(?:i\sam|i['\u2019]m|as|is|s?he\sis|they\sare|it['\u2019]s|under|at|me\sat|handle)|:)\s{1,2}"
)
_VALUE = re.compile(rf"@?(?:{_HANDLE})")
_SAID = re.compile(
    r"(?:\b(?:is|was|ist|lautet|est|es|to|er|on|as|am|under|at)|[:=\u00e8\u00e9m])[\s\"'`\u201c]*$", re.IGNORECASE
)
_ENDS = re.compile(
    r"[\"'`\u201d]?(?:[\s.,;:!?)]{1,2}(?:$|[\s\"'\n]|(?:and|or|but|on|at|for|in|und|et|y|e)\b)|$|[,;)\n])"
)
_MENTION = re.compile(
    r"(?:\b(?:RT|by|hi|hey|hello|thanks|thank\syou|thx|ping|from|with|to|follow|dm|message|tag|mention|ask|tell|via|cc|credit|credits|and)[\s:]\s?"
    r"|[(\uff08]|^)(?P<value>@[A-Za-z_]\w[\w.-]{0,30}\w)(?![\w@/(])(?!\.\w)",
    re.IGNORECASE,
)
_AT_HOST = re.compile(
    r"(?<![\w.@/:+-])(?P<value>[a-z_][a-z0-9_.-]{1,31})@(?=(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|localhost\b)"
    r"|\b(?:ssh|scp|sftp|mosh|rsync)\s(?:-\S+\s){0,4}(?P<user>[a-z_][a-z0-9_.-]{1,31})@(?=[a-z])"
)
_IN_LOG = re.compile(r"(?:\d{1,3}\.){3}\d{1,3} \S{1,40} (?P<value>[A-Za-z_][\w.@-]{1,40}) \[")
_LOGINS = (
    r"\b(?:password\sfor|publickey\sfor|session\s(?:opened|closed)\sfor|(?:invalid|illegal)?\s?user(?:name)?|login\sas"
    r"|logged\sin\sas|su(?:do)?:)[\s=:]{1,2}[\"']?(?:invalid\suser\s|user\s)?"
)
_LOGIN = re.compile(r"(?P<value>[a-z_][a-z0-9_.-]{2,31})(?=[\"'\s,;)(]|$)", re.IGNORECASE)


def handle(_key: str, value: str) -> list[Spot]:
    """The user name that a key announces; those of machines and of nobody are none."""
    return [Spot(0, len(value), "USERNAME", 0.8)] if _WHOLE.fullmatch(value) and _is_somebody(value) else []


def made_handle(value: str) -> list[Spot]:
    """A user name where a person is meant: it must look made."""
    bare = value.strip()
    return [Spot(0, len(value), "USERNAME", 0.7)] if _MADE.fullmatch(bare) and _is_somebody(bare) else []


def _is_somebody(value: str) -> bool:
    bare = value.strip().strip("@").lower()
    return bare not in _NOBODY and not _NO_HANDLE.search(bare)


def _looks_made(value: str) -> bool:
    return value.startswith("@") or _MADE.fullmatch(value.lower()) is not None


def _announced(cue: str, value: re.Pattern[str], *, made: bool) -> Callable[[str], Iterator[Spot]]:
    """A finder: the name behind a cue; where the cue does not say `is`, or the sentence goes on, it must look made."""
    announced = Announced(cue, value)

    def find(text: str) -> Iterator[Spot]:
        for (start, end), found in announced.finditer(text):
            name = found[0].rstrip(".-")
            at = found.start()
            sure = not made and _SAID.search(text, start, end) is not None and _ENDS.match(text, at + len(name))
            if _is_somebody(name) and (sure or _looks_made(name)):
                yield Spot(at, at + len(name), "USERNAME", 0.7)

    return find


def _shown(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            group = found.lastgroup or ""
            name = found[group].rstrip(".-")
            if _is_somebody(name):
                yield Spot(found.start(group), found.start(group) + len(name), "USERNAME", 0.7)

    return find


RULES = (
    Rule("user name", (in_re2(_NAMES),), _announced(_NAMES, _VALUE, made=False)),
    Rule("user name of a site", (in_re2(_SITED),), _announced(_SITED, _VALUE, made=False)),
    Rule("user name of a session", (in_re2(_LOGINS),), _announced(_LOGINS, _LOGIN, made=True)),
    Rule("user name after a mark", (r"(?:^|[\s(])@[A-Za-z_]",), _shown(_MENTION)),
    Rule(
        "user name of a host",
        (r"[a-z0-9_.-]@(?:[0-9]|localhost)|(?:ssh|scp|sftp|mosh|rsync)\s[^\n]*@",),
        _shown(_AT_HOST),
    ),
    Rule("user name of a log", (r"[0-9] \S+ [A-Za-z_][\w.@-]+ \[",), _shown(_IN_LOG)),
)
"""User names by what stands around them."""
