"""The file of policies: what it may say, and how it is refused."""

import pytest

from roxy.config.loader import parse
from roxy.config.places import Places
from roxy.errors import ConfigError
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import check, load
from roxy.privacy.policy.rules import Action


@pytest.fixture
def places(tmp_path):
    found = Places.from_environment({"ROXY_HOME": str(tmp_path)}, tmp_path)
    found.config.mkdir(parents=True)
    return found


def said(text):
    return check(parse(text, "privacy.yaml"))


def judged(text, kind, path="/a", *, destination="mail", tool="send", policy=None):
    return Book(said(text)).judge(destination, tool, policy).action(kind, path)


def test_the_packaged_file_says_what_the_code_says(places):
    assert load(places, {}) == said("policy: balanced")


def test_the_users_file_stands_over_the_packaged_one_and_the_environment_over_both(places):
    (places.config / "privacy.yaml").write_text("policy: strict\ndictionary: [Zed Quux]\n")
    assert load(places, {}).policy == "strict"
    found = load(places, {"ROXY_PRIVACY__POLICY": "off"})
    assert (found.policy, found.dictionary) == ("off", ("Zed Quux",))


def test_a_project_has_no_say_in_what_may_leave(places):
    places.project.mkdir()
    (places.project / "privacy.yaml").write_text("policy: off\n")
    assert load(places, {}).policy == "balanced"


@pytest.mark.requirement("privacy.policy_file")
@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("policy: strikt", 1, "Did you mean `strict`?"),
        ("polices: {}", 1, "Did you mean `policies`?"),
        ("policies:\n  own:\n    base: strict\n    types: {EMAIL: allow}", 4, "EMAIL_ADDRESS"),
        ("policies:\n  own:\n    types:\n      PERSON: pseudonymize", 4, "Did you mean `pseudonymise`?"),
        ("policies:\n  own:\n    types: {SECRET: allow}", 3, "secrets leave"),
        ("policies:\n  own:\n    rules:\n      - {types: SECRET, action: ask}", 4, "secrets leave"),
        ("policies:\n  strict: {}", 2, "one of Roxy's own"),
        ("policies:\n  own: {base: mine}", 2, "no policy `mine`"),
        ("destinations:\n  mail:\n    policy: blanced", 3, "Did you mean `balanced`?"),
        ("destinations:\n  mail:\n    rules:\n      - {path: to, action: allow}", 4, "Write `/to`."),
        ("destinations:\n  mail:\n    rules:\n      - {tool: send}", 4, "action` is missing"),
        ("destinations:\n  mail:\n    rules:\n      - {tols: send, action: allow}", 4, "Did you mean `tool`?"),
        ("allow:\n  patterns: ['(']", 2, "missing )"),
        ("allow:\n  patterns: ['.*']", 2, "needs at least one of them"),
        ("allow:\n  patterns: ['" + "a" * 201 + "']", 2, "at most 200"),
        ("allow:\n  patterns:\n    - '.+'", 3, "matches whatever there is"),
        ("allow:\n  exact: ['']", 2, "2 characters or more"),
        ("allow: [a]", 1, "must be a mapping"),
        ("dictionary:\n  - Ann\n  - x", 3, "found in every text"),
        ("dictionary: Ann", 1, "must be a list"),
        ("destinations:\n  mail: strict", 2, "Write it as `{policy: NAME}`"),
        ("policies:\n  own: strict", 2, "Write it as `{base: NAME}`"),
        ("policies: {own: {types: {phone: allow}}}", 1, "Write `PHONE_NUMBER`"),
        ("policies: {own: {types: {CITY: allow}}}", 1, "Write `LOCATION`"),
        ("dictionary: [[a]]", 1, "must be text"),
        ("policy:", 1, "`policy` is empty"),
        ("policy: [strict]", 1, "must be text"),
        ("policies:\n  own:\n    base:", 3, "`policies.own.base` is empty"),
        ("policies:\n  own:", 2, "must be a mapping"),
        ("policies: [own]", 1, "must be a mapping"),
        ("policies:\n  local: {}", 2, "one of Roxy's own"),
        ("policies:\n  '': {}", 2, "without a name"),
        ("policies:\n  own:\n    types: [PERSON]", 3, "mapping of types to actions"),
        ("policies:\n  own:\n    types:\n      PERSON:", 4, "must be text"),
        ("policies:\n  own:\n    types:\n      person: allow", 4, "Write `PERSON`."),
        ("policies:\n  own:\n    types:\n      PERSON: Allow", 4, "Did you mean `allow`?"),
        ("policies:\n  own:\n    rules: {action: allow}", 3, "must be a list"),
        ("policies:\n  own:\n    rules:\n      - allow", 4, "must be a mapping"),
        ("destinations: mail", 1, "must be a mapping"),
        ("destinations:\n  mail: strict", 2, "must be a mapping"),
        ("destinations:\n  '': {policy: strict}", 2, "without a name"),
        ("destinations:\n  mail:\n    policy:", 3, "`destinations.mail.policy` is empty"),
        ("destinations:\n  mail:\n    rule: []", 3, "Did you mean `rules`?"),
        ("destinations:\n  mail:\n    rules:\n      - {types: [], action: allow}", 4, "types` is empty"),
        ("destinations:\n  mail:\n    rules:\n      - {types: , action: allow}", 4, "types` is empty"),
        ("destinations:\n  mail:\n    rules:\n      - {tool: [send, ''], action: allow}", 4, "tool` is empty"),
        ("destinations:\n  mail:\n    rules:\n      - {path: '', action: allow}", 4, "path` is empty"),
        ("destinations:\n  mail:\n    rules:\n      - {path: /to/**, action: allow}", 4, "would match nothing"),
        ("destinations:\n  mail:\n    rules:\n      - {path: [/a, b], action: allow}", 4, "Write `/b`."),
        ("policy: strict\npolicy: off", 2, "second time"),
        ("- a", 1, "must be a mapping"),
        ("policy: 'strict", 1, "not valid YAML"),
        ("\tpolicy: strict", 1, "Indent with spaces"),
        ("policy: !!python/name:os.system x", 1, "cannot be read"),
        ("names:\n  engine: spacey\n  model: x", 2, "Did you mean `spacy`?"),
        ("dictionary: []\nnames: {engine: spacy}", 2, "`names.model` is missing"),
        ("names:\n  engine: gliner\n  model: ./here", 3, "a folder from / or ~ on"),
        ("names:\n  engine: stanza\n  model: en", 3, "must be a folder for stanza"),
        ("names:\n  model: en_core_web_lg", 2, "Say `engine` as well: spacy, stanza"),
        ("names:\n  engine: stanza\n  language: English", 3, "a language such as en"),
        ("names:\n  engine: stanza\n  labels:\n    PER: person", 4, "Did you mean `PERSON`?"),
        ("names:\n  engine: stanza\n  labels:\n    PER: SECRET", 4, "no type `SECRET`"),
        ("names:\n  engine: stanza\n  labels: [PER]", 3, "a mapping of the model's labels"),
        ("names:\n  engine: stanza\n  threshold: 2", 3, "at most 1"),
        ("names:\n  engine: stanza\n  timeout: 0", 3, "above 0"),
    ],
)
def test_a_bad_policy_is_refused_with_its_place_and_the_nearest_right_word(text, line, words):
    with pytest.raises(ConfigError) as caught:
        said(text)
    assert str(caught.value.where) == f"privacy.yaml:{line}"
    assert words in str(caught.value)


def test_the_model_of_names_is_what_the_file_says():
    found = said(
        "names: {engine: spacy, model: en_core_web_sm, language: de, labels: {FAC: ADDRESS, GPE: ignore}, timeout: 3}"
    ).names
    assert (str(found), found.language, found.timeout) == ("spacy en_core_web_sm", "de", 3)
    assert (found.types["FAC"], found.types["PER"], "GPE" in found.types) == ("ADDRESS", "PERSON", False)
    assert str(said("names: {engine: roxy}").names) == "Roxy's own model"


def test_a_server_that_names_no_policy_there_is_is_refused():
    with pytest.raises(ConfigError, match="Did you mean `strict`") as caught:
        Book().check("strick", server="mail", where="mcp_servers.yaml:3")
    assert caught.value.where == "mcp_servers.yaml:3"


@pytest.mark.parametrize(
    ("policy", "kind", "action"),
    [
        ("strict", "LOCATION", Action.PSEUDONYMISE),
        ("strict", "DATE", Action.ALLOW),
        ("balanced", "LOCATION", Action.ALLOW),
        ("balanced", "PERSON", Action.PSEUDONYMISE),
        ("balanced", "EMPLOYEE", Action.PSEUDONYMISE),
        ("off", "PERSON", Action.ALLOW),
        ("off", "SECRET", Action.MASK),
    ],
)
def test_the_presets_say_what_they_promise(policy, kind, action):
    assert judged(f"policy: {policy}", kind) is action


def test_whom_a_message_goes_to_is_asked_for_and_what_it_says_is_not():
    assert judged("{}", "EMAIL_ADDRESS", "/to/0", tool="send_email") is Action.ASK
    assert judged("{}", "EMAIL_ADDRESS", "/body", tool="send_email") is Action.PSEUDONYMISE
    assert judged("{}", "EMAIL_ADDRESS", "/to", tool="search") is Action.PSEUDONYMISE
    assert judged("policy: strict", "EMAIL_ADDRESS", "/to", tool="send_email") is Action.PSEUDONYMISE


RULES = """
policies:
  careful: {base: strict, types: {PERSON: mask, "*": hash}, rules: [{tool: "del*", action: block}]}
destinations:
  mail:
    rules:
      - {tool: send, path: /people/*/email, types: EMAIL_ADDRESS, action: allow}
      - {path: [/a~1b, /x], types: [PERSON, LOCATION], action: block}
  "ma*": {policy: careful}
"""


@pytest.mark.requirement("privacy.policy")
@pytest.mark.parametrize(
    ("kind", "path", "tool", "action"),
    [
        ("EMAIL_ADDRESS", "/people/3/email", "send", Action.ALLOW),
        ("EMAIL_ADDRESS", "/people/3/email/0", "send", Action.ALLOW),
        ("EMAIL_ADDRESS", "/people/3", "send", Action.HASH),
        ("EMAIL_ADDRESS", "/people/3/email", "draft", Action.HASH),
        ("PHONE_NUMBER", "/people/3/email", "send", Action.HASH),
        ("PERSON", "/a~1b/0", "send", Action.BLOCK),
        ("PERSON", "/a/b", "send", Action.MASK),
        ("LOCATION", "/y", "send", Action.HASH),
        ("LOCATION", "/y", "delete", Action.BLOCK),
        ("SECRET", "/x", "delete", Action.MASK),
    ],
)
def test_the_first_rule_that_matches_counts_then_the_type_then_the_rest(kind, path, tool, action):
    assert judged(RULES, kind, path, tool=tool) is action


def test_a_destination_of_its_own_name_comes_before_its_servers_policy_and_that_before_the_default():
    text = "policy: strict\ndestinations: {mail: {policy: balanced}}"
    assert judged(text, "LOCATION", policy="strict") is Action.ALLOW
    assert judged(text, "LOCATION", destination="other", policy="balanced") is Action.ALLOW
    assert judged(text, "LOCATION", destination="other") is Action.PSEUDONYMISE


def test_a_policy_that_nobody_knows_is_the_strict_one():
    assert judged("{}", "LOCATION", policy="gone") is Action.PSEUDONYMISE


def test_records_hold_pseudonyms_whatever_the_policy_allows():
    assert Book(said("policy: off")).for_records().action("PERSON", "") is Action.PSEUDONYMISE
    assert Book(said("policy: strict")).for_records().action("LOCATION", "") is Action.PSEUDONYMISE


def test_the_allow_list_has_whole_values_whatever_their_case():
    judge = Book(said("allow: {exact: [Support@Example.com], patterns: ['AB-[0-9]+']}")).judge("x", None)
    assert judge.is_nobodys("support@example.com")
    assert judge.is_nobodys("ab-12")
    assert not judge.is_nobodys("AB-12 and more")
