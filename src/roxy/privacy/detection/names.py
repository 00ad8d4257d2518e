"""What looks like a name of a person or a place: by the words around it in prose.

There is no model here, so a name in the middle of a sentence is found only where the sentence says that it is one
("my name is …", "call …", "lunch with …", "… was born on").
"""

import re
from collections.abc import Iterator
from functools import partial

from roxy.privacy.detection.prefilter import SPACE, Cue, Rule, in_re2
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables.everyday import TITLES, WORDS
from roxy.privacy.detection.tables.words import listed

_MARKS = r"\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0980-\u0dff\u0e30-\u0e4e"
_LETTER = rf"(?:[^\W\d_]|[{_MARKS}])"
_WORD = re.compile(rf"[^\W\d_]{_LETTER}*(?:['\u2019.-][^\W\d_]{_LETTER}*)*\.?")
_PARTICLE_WORDS = "van von der den de di da del della dos du la le al el bin ibn ben ter ten zu af av"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_THINGS = """
a an the this that these those it its he she we they you your my our his her their me us him them i i'm one all both
everyone everybody someone anybody nobody team folks guys friends there here then now again back later soon please
monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight yesterday morning evening noon
january february march april june july august september october november december
and or but if when while what which who whom whose why how where is are was were be been do does did have has had
not no yes ok okay sure thanks thank hello hi hey dear regards best kind sincerely cheers mr mrs ms miss dr prof sir
madam in on at by for from to with about into over under of as up out off via per after before during until since
support service services sales customer customers client manager director office department company bank hotel
doctor hospital restaurant airport station street road avenue server servers database system systems api http https
json xml sql html url id uuid google github gitlab amazon apple microsoft openai slack notion linear jira docker
python java javascript linux windows android internet web site website page file files folder project production
staging development test tests testing build release version report weekly daily monthly annual quarterly review
plan notes note list task tasks issue issues ticket order invoice payment meeting agenda budget draft summary new
old main default user users admin root group name title subject error warning info debug data table row column
city county state country north south east west central united states kingdom republic islands
hash token key secret password login account number phone email mail address emergency police ambulance taxi uber
mom mum dad mother father grandma grandpa
"""
"""Words that begin with a capital in a sentence or a title and are no names."""
_NOT_NAMES = frozenset(_THINGS.split())

_PROGRAM_WORD = re.compile(r"(?!Mc|Mac|De|Di|Du|La|Le|Fitz|Van|O['\u2019])[A-Z][a-z]{2,}[A-Z]")
"""`HttpClient` is a word of a program, `McDonald` is none."""
_LOWER_NAME = re.compile(r"[^\W\d_]{2,20}(?= *(?:$|[.,!?;]| and\b| but\b| from\b))")
_BEFORE = Cue(
    r"""\b(?:
      (?:(?:my|his|her|their)\ (?:full\ |first\ |last\ )?name(?:\ is|['\u2019]s)
        |call\ me|i\ am\ called|i['\u2019]m|i\ am)
    | (?:hello|hi|hey|dear|thanks|thank\ you|mr|mrs|ms|miss|dr|prof|professor|sincerely|regards|cheers|signed)[.,]?
    | (?:call|phone|ring|e-?mail|text|message|contact|invite|ask(?:\ for)?|tell|remind|meet(?:\ with)?|meeting\ with
        |(?:reply|respond|write|speak|talk|say\ hi|introduce\ me|belongs|forward\ (?:it|this))\ (?:to|with)
        |speak\ with|talk\ with|write|married\ to|on\ behalf\ of|attn:?|c/o)
    | (?:lunch|dinner|breakfast|brunch|coffee|drinks|meeting|appointment|date|chat|call|interview|party|session
        |1:1|talk|trip|conversation)\ with
    | (?:birthday|house|email|phone|number|address|letter|reply|message|call|mail|gift|present|password)
        \ (?:of|to|from|for)
    | (?:spoke|spoken|talked|met)\ (?:with|to) | contact: | beneficiary | passenger | payee
    | mention | invite | add | cc | you\ have\ reached | this\ is | who\ is
    | (?:thread|conversation|chat|messages?|emails?|correspondence|agreement|contract|dispute|call|meeting)\ between
    | (?:dentist|doctor|vet|haircut|pick-?up|present|cake|birthday\ party|appointment|lesson|room|seat|ticket)\ for
    | (?:parcel|package|reservation|table|appointment|booking|room|order|invitation)\ (?:for|under|with)
    | my\ (?:wife|husband|partner|son|daughter|mother|mom|mum|father|dad|brother|sister|friend|best\ friend|boss
        |colleague|doctor|dentist|neighbou?r|uncle|aunt|cousin|girlfriend|boyfriend|landlord|landlady|teacher|therapist
        |lawyer|tenant|client|patient|accountant|nanny|babysitter|plumber|assistant|secretary|coach|trainer|flatmate|housemate
        |(?:mother|father|brother|sister|son|daughter)[\ -]in[\ -]law|step(?:mother|father|brother|sister|son|daughter)
        |grandson|granddaughter|grandpa|grandma|fianc\u00e9e?|godson|goddaughter|kid|baby|student|pupil|supervisor|driver
        |manager|nephew|niece|grandmother|grandfather|roommate|ex)(?:,|\ is|\ called|\ named|['\u2019]s\ name\ is)?
    )\s+"""
)
_BEFORE_ABROAD = Cue(
    r"""\b(?:
      (?:(?:soy|me\ llamo|je\ m['\u2019]appelle|je\ suis|ich\ hei\u00dfe|mein\ name\ ist|ich\ bin|mi\ chiamo
        |mijn\ naam\ is|ik\ ben|ik\ heet|meu\ nome\ \u00e9|sou\ [oa]|nazywam\ si\u0119|jestem|jag\ heter
        |mitt\ namn\ \u00e4r|jeg\ hedder|jeg\ heter|nimeni\ on)
    | (?:liebe[rs]?|(?:sehr\ )?geehrte[rs]?(?:\ (?:herr|frau))?|hallo|guten\ (?:tag|morgen)|bonjour|ch\u00e8re?|cher
        |monsieur|madame|hola|estimad[oa]|querid[oa]|se\u00f1ora?|ciao|gentile|gentilissim[oa]|car[oa]|signora?|beste
        |hoi|geachte(?:\ (?:heer|mevrouw))?|ol\u00e1|prezad[oa]|cze\u015b\u0107|drog[ia]|szanown[ya](?:\ panie?)?
        |hej|k\u00e6re|kj\u00e6re|k\u00e4r[ea]|hyv\u00e4))\s+
    | (?:best|love|yours|xoxo|many\ thanks|(?:best|kind(?:est)?|warm)\ (?:wishes|regards)
        |(?:viele|liebe|herzliche)\ gr\u00fc\u00dfe|gru\u00df|mit\ freundlichen\ gr\u00fc\u00dfen|cordialement
        |bien\ \u00e0\ vous|bises|amiti\u00e9s|saludos|un\ abrazo|atentamente|(?:cordiali|distinti)\ saluti
        |un\ saluto|groetjes|groeten|met\ vriendelijke\ groet(?:en)?|atenciosamente|abra\u00e7os|cumprimentos
        |pozdrawiam|z\ powa\u017caniem|med\ v\u00e4nlig\ h\u00e4lsning|h\u00e4lsningar|mvh
        |venn?lig\ hilsen|terveisin),?\r?\n\s*
    )"""
)
"""The same in other languages; in a rule of its own, since few texts need it."""
_AFTER = Cue(
    r"""(?:['\u2019]s\ (?:phone|mobile|number|e-?mail|address|birthday|password|wife|husband|son|daughter|mother|father
        |house|home|appointment|account|salary|diagnosis|party|wedding|calendar|flight)
    | \ (?:lives?\ (?:at|in|on)|was\ born|is\ \d{1,3}\ years|speaking\b|is\ married|moved\ to|can\ be\ reached
        |has\ an\ appointment|is\ my\ (?:wife|husband|son|daughter|friend|boss|brother|sister|mother|father|doctor))
    )"""
)
_LOWER_NAMES = re.compile(
    rf"(?:^|[.!?:\n]\s?)(?P<name>{_LETTER}+(?:['\u2019-]{_LETTER}+)*(?: "
    rf"{_LETTER}+(?:['\u2019-]{_LETTER}+)*){{1,3}})$"
)
_SKIPPED = re.compile(r"[*_`\"\u201c\u201e(]{1,3}(?=\w)|(?P<title>[^\W\d_]{2,12})\.?\s(?=[^\W\d_a-z])")
_SPEAKER = re.compile(
    r"(?m)^\s{0,4}[\[(]?(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s)?\d{1,2}:\d\d(?::\d\d)?(?:\s?[AaPp][Mm])?[\])]?\s(?:-\s)?"
    rf"(?P<name>{_LETTER}+(?:['\u2019-]{_LETTER}+)*(?: {_LETTER}+(?:['\u2019-]{_LETTER}+)*){{0,3}}):\s"
)
_SPEAKING_PROGRAMS = listed(
    "deploy bot server client worker cron scheduler kernel system service daemon monitor alert notice warn warning "
    "error info debug trace fatal critical status step stage task job build test result note summary topic agenda item "
    "break lunch dinner breakfast start end begin update log event message request response checkout bus train flight"
)
_LONGEST_NAME = 60
_LAST_WORDS = re.compile(r"(?:[^\W\d_]+(?:['\u2019-][^\W\d_]+)*\.? ){0,3}[^\W\d_]+(?:['-][^\W\d_]+)*$")
_MOST_WORDS = 4
_INITIAL = 2
"""The length of an initial: a letter and its full stop."""


def looks_like_name(value: str, *, any_word: bool = False) -> bool:
    """Whether a whole value may be a name: one to six words, no digits, none of them a word for a thing.

    With `any_word` words for things may be names, too: May, Rose, Will.
    """
    words = value.replace(",", " ").split()
    if not 1 <= len(words) <= _MOST_WORDS + 2 or len(value) > 80 or any(map(str.isdigit, value)):  # noqa: PLR2004 - longer than any name
        return False
    return all(_WORD.fullmatch(word) and (any_word or not _names_a_thing(word)) for word in words)


def names_no_one(word: str) -> bool:
    """Whether a word alone, in lower case, is one of those for things, days and roles."""
    return word in _NOT_NAMES


def _names_a_thing(word: str) -> bool:
    """Whether a word is one of those for things; an initial is none."""
    return _bare(word) in _NOT_NAMES and not (len(word) == _INITIAL and word.endswith("."))


def name_words(value: str) -> int:
    """How many words of `value` begin with a capital (or a letter that has no case), particles left out."""
    return sum(not word[0].islower() for word in value.replace(",", " ").split() if word.lower() not in _PARTICLES)


def _after_cue(text: str, cue: Cue = _BEFORE) -> Iterator[Spot]:
    """People whom the words before them announce."""
    for start, behind in cue.spans(text):
        cued = _untitled(text, behind)
        end = _capitalised(text, cued)
        if end == cued and "name" in text[start:cued].lower():
            low = _LOWER_NAME.match(text, cued)
            end = low.end() if low and low[0].lower() not in _NOT_NAMES else end
        if end > cued:
            yield Spot(cued, end, "PERSON", 0.7)


def _untitled(text: str, at: int) -> int:
    """Where a name begins behind a cue: marks of Markdown and titles are no part of it."""
    while True:
        skipped = _SKIPPED.match(text, at)
        if skipped is None or (skipped["title"] and skipped["title"].lower() not in TITLES):
            return at
        at = skipped.end()


def _speakers(text: str) -> Iterator[Spot]:
    """Who says what in a chat, behind the time."""
    for line in _SPEAKER.finditer(text):
        name = line["name"]
        if name[0].isupper() and looks_like_name(name) and not any(map(_is_part_of_program, name.split())):
            yield Spot(*line.span("name"), "PERSON", 0.7)


def _is_part_of_program(word: str) -> bool:
    return word.lower() in _SPEAKING_PROGRAMS or _PROGRAM_WORD.match(word) is not None


def _before_cue(text: str) -> Iterator[Spot]:
    """People whom the words after them announce."""
    for cued, _ in _AFTER.spans(text):
        start = _capitalised_before(text, cued)
        if start == cued and text.startswith((" lives at", " was born on"), cued):
            lower = _LOWER_NAMES.search(text, max(0, cued - _LONGEST_NAME), cued)
            if lower and not any(word in _NOT_NAMES for word in lower["name"].split()):
                start = lower.start("name")
        if start < cued:
            yield Spot(start, cued, "PERSON", 0.7)


def _capitalised(text: str, start: int) -> int:
    """Where the name that begins at `start` ends; `start` itself when none does."""
    end = at = start
    for _ in range(_MOST_WORDS):
        word = _WORD.match(text, at)
        if word is None:
            break
        at = word.end()
        if _may_be_name(word[0]):
            stop = word[0].endswith(".") and len(word[0]) > _INITIAL
            end = at - stop
            if stop:
                break
        elif word[0].lower() not in _PARTICLES or end == start:
            break
        if not text.startswith(" ", at):
            break
        at += 1
    return end - 2 if text[start:end].endswith(("'s", "\u2019s")) else end


def _may_be_name(word: str) -> bool:
    everyday = _bare(word) in WORDS and len(word) > _INITIAL
    return not (word[0].islower() or everyday or _names_a_thing(word) or _PROGRAM_WORD.match(word))


def _capitalised_before(text: str, end: int) -> int:
    words = _LAST_WORDS.search(text, max(0, end - 90), end)
    start = end
    for word in reversed(list(_WORD.finditer(text, words.start(), end)) if words else []):
        particle = word[0].lower() in _PARTICLES and start < end
        if not particle and (not _may_be_name(word[0]) or word[0].endswith(".")):
            break
        start = word.start()
    return start


def _bare(word: str) -> str:
    return word.lower().rstrip(".")


_PLACED = Cue(
    r"\b(?:weather|forecast|temperature|climate|rain|snow|humidity|sunrise|sunset|time|flights?|trains?|bus"
    r"|hotels?|restaurants?|trip|travel\w*"
    r"|fly|flying|drive|driving|moved?|moving|born|lives?|living|based|located|wetter|m\u00e9t\u00e9o|tiempo"
    r"|meteo|vliegen|v\u00e4der|s\u00e4\u00e4)"
    r"(?:\s(?:is|be|like|report|now|currently|it))?\s(?:in|for|at|to|from|near|around|nach|\u00e0|en|a|per"
    r"|f\u00fcr)\s",
)
_PLACE_WORDS = re.compile(
    rf"(?:[^\W\d_a-z]{_LETTER}*\.?(?:['\u2019-]{_LETTER}+)*)(?:[ -](?:(?:de|la|del|di|da|am|an|der|den|sur|of"
    rf"|the|and|du|des|le|les|upon|i|y)\s){{0,2}}"
    rf"[^\W\d_a-z]{_LETTER}*\.?(?:['\u2019-]{_LETTER}+)*){{0,4}}"
)

_AND_TO = re.compile(rf"\s(?:to|and|or|via)\s(?P<name>{_PLACE_WORDS.pattern})")


def _places(text: str) -> Iterator[Spot]:
    """Towns and countries that somebody asks the weather of, travels to or lives in."""
    for _, cued in _PLACED.spans(text):
        named = _PLACE_WORDS.match(text, cued)
        if named and not named[0][0].islower() and _bare(named[0].split()[0]) not in _NOT_NAMES:
            yield Spot(named.start(), named.end() - named[0].endswith("."), "LOCATION", 0.6)
            also = _AND_TO.match(text, named.end())
            if also:
                yield Spot(*also.span("name"), "LOCATION", 0.6)


_MAILBOX = re.compile(
    rf"(?:^|[\n:,;>(]|\\n|\b(?:by|from|to|cc|bcc|author|and)\b)[ "
    rf"\"']{{0,2}}(?P<name>{_LETTER}+(?:['\u2019.-]{{1,2}}{_LETTER}+)*\.?,?"
    rf"(?: {_LETTER}+(?:['\u2019.-]{{1,2}}{_LETTER}*)*\.?){{1,4}})[\"']? <[^<>@\s]{{1,64}}@",
    re.IGNORECASE,
)


def _of_mailbox(text: str) -> Iterator[Spot]:
    """The name before an address in angle brackets (RFC 5322, section 3.4)."""
    for found in _MAILBOX.finditer(text):
        yield Spot(*found.span("name"), "PERSON", 0.7)


_PLACED_NEEDS = (
    r"(?i:weather|forecast|temperature|climate|rain|snow|humidity|sun|time|flight|train|bus|hotel"
    r"|restaurant|trip|travel|fly|driv|mov|born|liv|based|located|wetter|t\x{e9}o|tiempo|meteo|vlieg"
    r"|v\x{e4}der|s\x{e4}\x{e4})"
)
RULES = (
    Rule("name of a mailbox", ("[^0-9] <[^<>@]+@",), _of_mailbox),
    Rule("place after", (_PLACED_NEEDS,), _places),
    Rule(
        "name after",
        (rf"{in_re2(_BEFORE.pattern)}[*_`\"\x{{201c}}\x{{201e}}(]{{0,3}}[\p{{Lu}}\p{{Lo}}\p{{Lt}}]|(?i:name)",),
        _after_cue,
    ),
    Rule(
        "name after, abroad",
        (rf"{in_re2(_BEFORE_ABROAD.pattern)}[*_`\"\x{{201c}}\x{{201e}}(]{{0,3}}[\p{{Lu}}\p{{Lo}}\p{{Lt}}]",),
        partial(_after_cue, cue=_BEFORE_ABROAD),
    ),
    Rule("name of a speaker", ("[0-9]:[0-9]{2}", rf"\pL:{SPACE}"), _speakers),
    Rule("name before", (rf"[\p{{L}}.]{in_re2(_AFTER.pattern)}",), _before_cue),
)
"""People whom the words around them announce."""
