"""Codes and passwords as people say them: PINs, codes that are sent, lines such as "user: ann pass: …".

`OF_WHAT` and `SAYS` are what stands between the word for a secret and the secret itself, in several languages.
"""

import re
from collections.abc import Callable, Iterator

from roxy.privacy.detection.credentials.made import is_placeholder, looks_like_password
from roxy.privacy.detection.prefilter import DIGIT, SPACE, Announced, Rule, any_of, in_re2
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables import passwords

OF_WHAT = (
    r"(?:\s(?:mitt?|min|mea|meu|minha|noastr\u0103|saya|kami|c\u1ee7a\st\u00f4i|\u03bc\u03bf\u03c5))?"
    r"(?:\s(?:for|to|of|on|at|f\u00fcr|zum|zur|von|vom|der|des|de|del|della|dello|di|da|do|dos|du|para|pour|van|voor|af"
    r"|f\u00f6r|till|til|dla|k|\u043e\u0442|\u0434\u043b\u044f|\u0432\u0456\u0434)"
    r"\s(?:(?:the|my|our|your|his|her|le|la|el|il|het|de|das|den|der|o|a|mon|ma|meine?[nrm]?)\s)?"
    r"[^\s:=]{1,40}(?:\s(?!is\b|was\b|ist\b|est\b|es\b|lautet\b|are\b)[^\s:=]{1,24}){0,3}?)?"
)
"""Whose it is, and what it opens."""
SAYS = (
    r"(?:(?:['\u2019]s|\s(?:is|was|will\sbe|to|lautet|ist|est|es|\u00e9|\u00e8|on|er|\u00e4r|este|je|jest|la|adalah"
    r"|\u03b5\u03af\u03bd\u03b1\u03b9))(?:\snow|\s?:)?\s|\s?(?:[:=]|->)\s?)"
)
_THINGS = (
    r"(?:alarm|door|gate|garage|building|house|flat|apartment|office|safe|locker|lock|padlock|bike|keypad|voicemail"
    r"|entrance|intercom)"
)
_CODES = (
    r"(?:alarm|door|gate|entry|entrance|access|security|verification|confirmation|one-?time|otp|2fa|mfa|sms"
    r"|auth[a-z]*|login|unlock|unlocking|safe|locker|garage|keypad|lock|lockbox|disarm|voicemail|meeting|zoom|intercom)"
    r"\s(?:pass)?(?:code|pin)|otp|cvv|cvc|tan|puk"
    rf"|(?:code|combination|combo)\s(?:for|to|of|on)\s(?:the|my|our)\s{_THINGS}"
    rf"|{_THINGS}(?:'s)?\s(?:combination|combo|number\slock)|keypad"
    r"|(?:t[u\u00fc]r|tor|haus|alarm|zugangs|sicherheits|best[a\u00e4]tigungs|einmal|freischalt|verifizierungs"
    r"|pr[u\u00fc]f|eingangs)-?code|(?:karten-?|handy-?)pin"
    r"|code\s(?:pin|secret|confidentiel|d['\u2019]acc[e\u00e8]s|d['\u2019]entr[\u00e9e]e"
    r"|de\s(?:v[\u00e9e]rification|s[\u00e9e]curit[\u00e9e]|confirmation|la\sporte|l['\u2019]alarme|l['\u2019]immeuble))"
    r"|c[\u00f3o]digo\s(?:pin|de\s(?:verifica[a-z\u00e7\u00e3\u00f3]{3,6}|acceso|acesso|seguridad|seguran\u00e7a"
    r"|confirma[a-z\u00e7\u00e3\u00f3]{3,6}|la\s(?:puerta|alarma|caja)|(?:la\s)?entrada))"
    r"|codice\s(?:pin|di\s(?:verifica|sicurezza|accesso|conferma)|del(?:la\sporta|l['\u2019]allarme|\scancello))"
    r"|(?:verificatie|toegangs|beveiligings|deur|alarm)code"
    r"|kod\s(?:pin|dost[e\u0119]pu|weryfikacyjny|do\s(?:drzwi|domofonu|bramy|alarmu))"
    r"|(?:your|dein|ihr|votre|ton|tu|su|il\stuo|o\sseu|tw[o\u00f3]j)\s(?:code|c[o\u00f3]digo|codice|kod)"
    r"(?:\s(?:d['\u2019]activation|weryfikacyjny|de\sverifica\w{2,4}|di\sverifica))?"
)
"""Codes of digits alone."""
_CYRILLIC = r"\u043a\u043e\u0434(?:\s\u043e\u0442)?(?:\s[^\s\d:]{4,16})?|\u043f\u0438\u043d(?:-?\s?\u043a\u043e\u0434)?"
"""Apart: for RE2 they begin at no edge of a word."""
_DIGITS = r"(?P<value>\d(?:[ -]?\d){2,9})(?![\w%]|[.,]\d)"
_CODE = Announced(
    rf"\b(?:{_CODES})\b", re.compile(rf"{OF_WHAT}(?:{SAYS}|\s-\s|\s(?=\#))[\"'`\u201c]?\#?{_DIGITS}", re.IGNORECASE)
)
_CODE_BARE = re.compile(
    r"\b(?:(?:alarm|door|gate|entry|access|verification|confirmation|login|unlock|keypad|safe|meeting|zoom)"
    r"\s(?:pass)?(?:code|pin)|(?-i:PIN)|puk|cvv|cvc|tan)\s(?P<value>\d{3,8})(?![\w%/-]|[.,:]\d|\s?\d)",
    re.IGNORECASE,
)
_SENT = re.compile(
    r"(?<![\w.-])(?P<value>(?:[A-Z]-)?\d{3}[ -]?\d{1,5})\s(?:is|ist|est|es|\u00e9|\u00e8|jest)\s"
    r"(?:your|the|dein|ihr|votre|ton|tu|su|seu|il|tw\u00f3j)\s"
    r"(?:[\w'-]{1,24}\s){0,3}(?:code|otp|pin|passcode|password|c[o\u00f3]digo|codice|kod|tan)\b"
    r"|\b(?:use|enter|type|input)\s(?:the\s|this\s)?(?:code\s|pin\s)?(?P<typed>\d{4,8})"
    r"\s(?:to|as|when)\s(?:[a-z]{2,10}\s){0,2}?"
    r"(?:log|sign|verif|confirm|access|auth|unlock|complete|continue|code|otp|pin)"
    r"|\b(?:unlock|disarm)s?\s(?:[a-z]{2,10}\s){0,2}?with\s(?:the\s)?(?:code\s)?(?P<unlocks>\d{4,8})(?![\w%]|[.,]\d)"
    r"|\A\W{0,3}code\s?:\s?(?P<alone>\d{4,8})(?![\w%]|[.,]\d)",
    re.IGNORECASE,
)
_OTHER_SCRIPTS = re.compile(
    rf"(?:{'|'.join(passwords.OTHERS)})(?:[^\x21-\x7e\n]|[:=\"'`(]){{0,24}}(?P<value>[\x21-\x7e]{{3,64}})"
)
_ENDS = re.compile(r"[\"'`)\]}.,;:!?]+$")
_PAIR = re.compile(
    r"\b(?:u|un|user(?:name)?|usr|login|e?mail|account|benutzer|usuario|utilisateur)\s?[:=]\s?[^\s,;|]{1,64}"
    r"[\s,;/|]{1,3}(?:and\s)?(?:p|pw|pwd|pass|passw)\s?[:=]\s?[\"']?(?P<value>[^\s\"',;]{3,128})"
    r"|\b(?:creds?|credentials|log(?:ins?|ging\sin|in))\s?(?::|=|-|\sare|\sis|\swith|\sas|(?<=login))\s?[^\s,;|:]{1,64}"
    r"(?:\s?[/:,]|\sand)\s?(?P<other>[^\s\"',;]{6,128})",
    re.IGNORECASE,
)
_DRAWN = re.compile(r"(?=\D*\d)[^(=`]+")
_FOR_APPS = re.compile(
    r"\bapp(?:lication)?(?:[- ]specific)?[- ]password\b[^\n:=]{0,40}?[\s:=]{1,3}(?:is\s)?"
    r"(?P<value>[a-z]{4}(?:[ -][a-z]{4}){3})(?![\w-])",
    re.IGNORECASE,
)


def _values(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            yield Spot(*found.span(found.lastgroup or 0), "SECRET", 0.9, "password")

    return find


def _codes(text: str) -> Iterator[Spot]:
    for _, found in _CODE.finditer(text):
        yield Spot(*found.span("value"), "SECRET", 0.9, "password")


def _in_other_scripts(text: str) -> Iterator[Spot]:
    for found in _OTHER_SCRIPTS.finditer(text):
        word = _ENDS.sub("", found["value"].split(",")[0])
        if looks_like_password(word) or (word.isdigit() and len(word) > 2):  # noqa: PLR2004 - digits of a code
            yield Spot(found.start("value"), found.start("value") + len(word), "SECRET", 0.9, "password")


def _pairs(text: str) -> Iterator[Spot]:
    for found in _PAIR.finditer(text):
        group = found.lastgroup or ""
        word = found[group].rstrip(".,;:")
        sure = group == "value" or (looks_like_password(word) and _DRAWN.fullmatch(word) is not None)
        if sure and not is_placeholder(word):
            yield Spot(found.start(group), found.start(group) + len(word), "SECRET", 0.8, "password")


RULES = (
    Rule("code", (DIGIT, in_re2(rf"\b(?:{_CODES})|{_CYRILLIC}")), _codes),
    Rule("code alone", (rf"(?i:(?:code|pin|puk|cvv|cvc|tan){SPACE}[0-9])",), _values(_CODE_BARE)),
    Rule(
        "code that was sent",
        (
            (
                rf"(?i:[0-9]{SPACE}(?:is|ist|est|es|\x{{e9}}|\x{{e8}}|jest){SPACE}[a-z]"
                rf"|(?:use|enter|type|input|unlocks?|disarms?){SPACE}[a-z ]{{0,32}}[0-9]|^\W{{0,3}}code\s?:)"
            ),
        ),
        _values(_SENT),
    ),
    Rule("password in another script", (any_of(passwords.OTHERS),), _in_other_scripts),
    Rule("user and password", (r"(?i:\bp(?:w|wd|assw?)?\s?[:=]|creds?|credentials|log(?:ins?|ging in)\s)",), _pairs),
    Rule(
        "password for an app", (any_of(("password",)), r"[A-Za-z]{4}[ -][A-Za-z]{4}[ -][A-Za-z]{4}"), _values(_FOR_APPS)
    ),
)
"""What is said."""
