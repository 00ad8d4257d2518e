import pytest

from fakes.skills import SKILL_MD, write_skill
from roxy.errors import ConfigError
from roxy.skills.folder import digest_of, read_folder, snapshot


def failure(folder):
    with pytest.raises(ConfigError) as caught:
        read_folder(folder)
    return caught.value


@pytest.mark.requirement("skills.folder")
def test_a_folder_is_described_by_its_files(tmp_path):
    folder = read_folder(write_skill(tmp_path))
    assert (folder.name, folder.description, folder.help) == ("greeter", "Says hello.", "How to say hello.")
    assert [intent.name for intent in folder.intents] == ["hello"]
    assert folder.intents[0].examples == ("say hello", "please say hello to Ada Lovelace!")
    assert not folder.wants


@pytest.mark.requirement("skills.folder")
def test_a_skill_md_alone_is_a_skill_and_foreign_frontmatter_is_kept_out_of_the_way(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    front = (
        "---\nname: notes\ndescription: Notes.\nallowed-tools: Bash(git:*)\nmetadata: {version: 3, x: [1]}\n---\nBody"
    )
    (folder / "SKILL.md").write_text(front)
    found = read_folder(folder)
    assert (found.intents, found.version, found.help, found.has_code) == ((), "3", "Body", False)


@pytest.mark.requirement("skills.folder")
@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("name: Greeter\ndescription: x", "lower-case"),
        ("name: gree--ter\ndescription: x", "single hyphens"),
        ("name: other\ndescription: x", "folder is called greeter"),
        ("name: greeter", "description"),
        ("name: greeter\ndescription: ''", "description"),
        (f"name: greeter\ndescription: {'x' * 1025}", "1025 characters"),
        ("name: greeter\nname: greeter\ndescription: x", "stands twice"),
        ("name: [", "not YAML"),
    ],
)
def test_name_and_description_are_checked_strictly(tmp_path, front, why):
    error = failure(write_skill(tmp_path, SKILL_md=f"---\n{front}\n---\n"))
    assert why in str(error)
    assert error.where.startswith(str(tmp_path / "greeter" / "SKILL.md") + ":")


@pytest.mark.parametrize("text", ["", "no frontmatter", "---\nname: greeter\n"])
def test_a_skill_md_without_frontmatter_says_so(tmp_path, text):
    assert "SKILL.md" in str(failure(write_skill(tmp_path, SKILL_md=text)))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("intents:\n  hello:\n    sentenses: [x]\n", 3, "Did you mean `sentences`?"),
        ("intent: {}\n", 1, "Did you mean `intents`?"),
        ("intents:\n  a:\n    slots:\n      n: {type: integr}\n", 4, "Did you mean `integer`?"),
        ("intents:\n  a:\n    slots:\n      n: {type: choice}\n", 4, "values"),
        ("intents:\n  a:\n    confirm: maybe\n", 3, "true or false"),
        ("intents:\n  a:\n    sentences:\n    - one\n    - go (\n", 5, "“go (”"),
        ("intents:\n  a:\n    slots: {place: {}}\n    sentences: ['to {palce}']\n", 4, "Did you mean {place}?"),
        ("permissions:\n  tools: [search]\n", 2, "server.tool"),
        ("permissions:\n  hosts: {a: b}\n", 2, "list of texts"),
        ("intents:\n  a:\n    examples: [{phrase: x}]\n", 3, "unknown key `phrase`"),
    ],
)
def test_a_mistake_names_file_line_and_the_right_key(tmp_path, text, line, said):
    error = failure(write_skill(tmp_path, roxy_yaml=text))
    assert error.where == f"{tmp_path / 'greeter' / 'roxy.yaml'}:{line}"
    assert said in str(error)


def test_sentences_of_a_language_join_the_intents_of_roxy_yaml(tmp_path):
    folder = write_skill(tmp_path, roxy_yaml="intents:\n  hello: {slots: {who: {type: text}}}\n")
    words = folder / "locale" / "en" / "intents.yaml"
    words.parent.mkdir(parents=True)
    words.write_text(
        "expansion_rules: {greet: '(hello|hi) [there]'}\nlists: {who: [Ada, Bob]}\n"
        "intents:\n  hello:\n    sentences: ['say <greet> to {who}']\n    examples: [say hi to Bob]\n"
    )
    found = read_folder(folder)
    assert found.intents[0].sentences == ("say <greet> to {who}",)
    assert found.templates[0].regex().fullmatch("say hi there to bob")
    words.write_text("intents:\n  helo:\n    sentences: [x]\n")
    assert "Did you mean `hello`?" in str(failure(folder))


def test_on_and_off_are_words(tmp_path):
    text = "intents:\n  hello:\n    slots: {state: {values: [on, off]}}\n    sentences: ['switch {state}']\n"
    found = read_folder(write_skill(tmp_path, roxy_yaml=text))
    assert found.templates[0].captures[0].values == {"on": "on", "off": "off"}


def test_intents_without_code_are_an_error(tmp_path):
    folder = write_skill(tmp_path)
    (folder / "skill.py").unlink()
    assert "no skill.py" in str(failure(folder))


def test_a_file_that_is_no_text_is_named(tmp_path):
    folder = write_skill(tmp_path)
    (folder / "roxy.yaml").write_bytes(b"\xff\xfe\x00")
    assert "roxy.yaml" in failure(folder).where


@pytest.mark.requirement("skills.approval")
def test_the_pin_changes_with_any_file_and_not_with_bytecode(tmp_path):
    folder = write_skill(tmp_path)
    before = digest_of(snapshot(folder))
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert digest_of(snapshot(folder)) == before
    (folder / "data.csv").write_text("1")
    after = digest_of(snapshot(folder))
    (folder / "data.csv").rename(folder / "data2.csv")
    assert len({before, after, digest_of(snapshot(folder))}) == 3


@pytest.mark.requirement("skills.approval")
def test_a_link_out_of_the_folder_is_refused(tmp_path):
    folder = write_skill(tmp_path)
    (tmp_path / "outside.py").write_text(SKILL_MD)
    (folder / "times.py").symlink_to(tmp_path / "outside.py")
    with pytest.raises(ConfigError, match="leads outside"):
        snapshot(folder)


@pytest.mark.parametrize(
    ("slots", "sentences", "required"),
    [
        ("{a: {}, b: {}}", "['put {a} on {b}', 'put {a}']", ("a",)),
        ("{a: {}, b: {}}", "['put {a} [on {b}]']", ("a",)),
        ("{a: {}, b: {}}", "['(put {a}|take {a}) (now|at {b})']", ("a",)),
        ("{a: {}, b: {}}", "['put {a}', 'take {b}']", ()),
        ("{a: {}}", "['put {a}', 'put it {elsewhere}']", ("a",)),
        ("{a: {}}", "['put {a}', 'put']", ()),
        ("{a: {required: false}, b: {required: true}}", "['put {a}']", ("b",)),
    ],
)
def test_a_slot_must_be_given_when_no_sentence_goes_without_it_or_the_file_says_so(
    tmp_path, slots, sentences, required
):
    text = f"intents:\n  hello:\n    slots: {slots}\n    sentences: {sentences}\n"
    [intent] = read_folder(write_skill(tmp_path, roxy_yaml=text)).intents
    assert tuple(intent.required) == required
