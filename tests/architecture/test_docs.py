"""The documentation says what is true: generated pages are up to date, and what the others name exists."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import generate
import pytest
import yaml

from fakes.pages import ROOT, Block, blocks, pages
from requirements import PROMISES
from roxy.cli.main import COMMANDS
from roxy.contracts.calls import Code

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"(?<!`)`(roxy [^`\n]+)`(?!`)")


@pytest.fixture(scope="module")
def tree():
    """Every command by its words, as `roxy mcp list`, with its options."""
    return {words: (command, context) for words, command, context in generate.commands()}


def shell_lines(block: Block) -> Iterator[str]:
    """The lines of a block that are typed into a shell."""
    if block.language == "console":
        typed = re.sub(r"\\\n\s*", "", block.text)
        yield from (line[2:] for line in typed.splitlines() if line.startswith("$ "))
    elif block.language == "sh":
        yield from re.sub(r"\\\n\s*", "", block.text).splitlines()


def roxy_commands(line: str) -> Iterator[list[str]]:
    """The words of every `roxy …` in a line of shell."""
    for part in re.split(r"\s[|&;]{1,2}\s", line):
        words = shlex.split(part.replace("\\|", "|"), comments=True)
        while words and re.fullmatch(r"\w+=\S*", words[0]):
            words.pop(0)
        if words and words[0].rpartition("/")[2] == "roxy":
            yield ["roxy", *words[1:]]


def mistake(words: list[str], tree) -> str:
    """What is wrong with the words of a command; empty when it could be typed."""
    at = 1
    while at < len(words) and " ".join(words[: at + 1]) in tree:
        at += 1
    command, _ = tree[" ".join(words[:at])]
    rest = [word for word in words[at:] if word not in {"<", ">"}]
    rest = rest[: rest.index("--")] if "--" in rest else rest  # what follows belongs to another program
    if hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        unknown = [word for word in rest[0].split("|") if word not in command.commands and word != "…"]
        return f"there is no command {unknown[0]}" if unknown else ""
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    known |= {"--help", "-h"}
    unknown = [word for word in rest if word.startswith("-") and word != "-" and word.partition("=")[0] not in known]
    return f"{' '.join(words[:at])} has no option {unknown[0]}" if unknown else ""


@pytest.mark.requirement("setup.docs")
def test_the_generated_pages_are_up_to_date():
    made = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr


def test_every_relative_link_leads_to_a_file_and_a_heading():
    broken = []
    for page in pages():
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in _LINK.findall(prose):
            target, _, anchor = link.partition("#")
            path = (page.parent / target).resolve() if target else page
            if "://" not in link and not (path.exists() and (not anchor or anchor in headings(path))):
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert broken == []


def headings(page) -> set[str]:
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


def test_every_page_is_linked_from_another_page():
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in pages()
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
    }
    lost = [
        page.relative_to(ROOT).as_posix()
        for page in pages()
        if page.is_relative_to(ROOT / "docs") and not {page, page.parent} & linked
    ]
    assert lost == []


@pytest.mark.parametrize("language", ["python", "yaml"])
def test_every_code_block_can_be_read(language):
    read = {"python": ast.parse, "yaml": yaml.safe_load}[language]
    found = [block for page in pages() for block in blocks(page) if block.language == language]
    assert found
    for block in found:
        try:
            read(block.text)
        except (SyntaxError, yaml.YAMLError) as error:
            pytest.fail(f"{block.place}: {error}")


def test_every_command_that_a_page_or_a_skill_names_could_be_typed(tree):
    wrong = []
    for page in [*pages(), *sorted((ROOT / "skills").glob("*/SKILL.md"))]:
        text = page.read_text(encoding="utf-8")
        lines = _SPAN.findall(text) + [line for block in blocks(page) for line in shell_lines(block)]
        for line in lines:
            problems = [mistake(words, tree) for words in roxy_commands(line)]
            wrong += [f"{page.relative_to(ROOT)}: {line}: {problem}" for problem in problems if problem]
    assert wrong == []


def test_the_help_of_every_command_is_one_sentence_then_examples_that_could_be_typed(tree):
    wrong = []
    for words, (command, context) in tree.items():
        text = command.get_help(context)
        _, _, examples = text.partition("  Examples:\n")
        if not re.match(r"[A-Z][^\n]*\.(?: |\n|$)", command.help):
            wrong.append(f"{words}: its help does not begin with a sentence")
        if hasattr(command, "commands") and words != "roxy":
            continue
        lines = [line.strip() for line in examples.partition("\n\n")[0].splitlines()]
        if not lines:
            wrong.append(f"{words}: no examples")
        for line in lines:
            typed = re.split(r"\s{2,}", line)[0]
            found = list(roxy_commands(typed))
            problems = [mistake(one, tree) for one in found] if found else ["it is no roxy command"]
            wrong += [f"{words}: {line}: {problem}" for problem in problems if problem]
    assert wrong == []


def test_the_help_of_every_argument_and_option_is_shown(tree):
    silent = [
        f"{words} {record[0]}"
        for words, (command, context) in tree.items()
        for parameter in command.params
        if (record := parameter.get_help_record(context)) and not re.sub(r"\[[^\]]*\]$", "", record[1]).strip()
    ]
    assert silent == []


def test_the_list_of_commands_cuts_no_help_short_in_a_terminal_of_80_columns(tree):
    cut = []
    for words, (command, _) in tree.items():
        context = generate.context(command, info_name=words, terminal_width=80, max_content_width=80)
        _, _, listed = command.get_help(context).partition("Commands:\n")
        cut += [f"{words} {line.strip()}" for line in listed.splitlines() if line.endswith("...")]
    assert cut == []


def test_only_the_root_offers_completion(tree):
    offering = [
        words
        for words, (command, _) in tree.items()
        if any("--install-completion" in parameter.opts for parameter in command.params)
    ]
    assert offering == ["roxy"]


def test_every_setting_is_described():
    rows = [*generate.setting_rows(), *generate.server_rows()]
    assert len(rows) > 30
    assert [name for name, _, _, words in rows if not words] == []


def test_every_error_code_has_a_section_with_what_happened_why_and_the_next_step():
    text = (ROOT / "docs" / "how-to" / "mend-an-error.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `(\w+)`\n\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    codes = {kind.code for kind in generate.error_classes()} | {str(code) for code in Code} | {"not_understood"}
    assert set(sections) == codes
    for code, section in sections.items():
        said = re.findall(r"^- \*\*([A-Z][a-z ]+)\*\*: \S", section, re.MULTILINE)
        assert said == ["What happened", "Why", "Next step"], code


def test_the_readme_names_every_command_and_every_bundled_skill():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    skills = [path.parent.name for path in (ROOT / "skills").glob("*/SKILL.md")]
    assert skills
    missing = [name for name in (*COMMANDS, *skills) if not re.search(rf"(roxy |\| ){name}\b", text)]
    assert missing == []


def test_agents_md_is_short_and_the_changelog_has_a_section_for_what_is_not_released():
    assert len((ROOT / "AGENTS.md").read_text(encoding="utf-8").splitlines()) <= 24
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "setup.docs" in PROMISES
