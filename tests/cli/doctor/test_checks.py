import os
import stat
from pathlib import Path

import pytest

from roxy.cli.doctor.checks import Patient, examine, skill_findings
from roxy.cli.doctor.finding import Finding, Level
from roxy.config.places import Places
from roxy.contracts.skills import SkillInfo
from roxy.privacy.memory.sealing import KEY_FILE


@pytest.fixture
def patient(tmp_path) -> Patient:
    places = Places.from_environment({"ROXY_HOME": str(tmp_path / "home")}, tmp_path)
    return Patient(places, {"PATH": str(tmp_path / "bin")}, local=())


def install(patient: Patient, name: str) -> None:
    path = Path(patient.environ["PATH"]) / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(stat.S_IRWXU)


def write(patient: Patient, name: str, text: str) -> Path:
    patient.places.config.mkdir(parents=True, exist_ok=True)
    path = patient.places.config / name
    path.write_text(text)
    return path


def found(patient: Patient, level: Level) -> list[Finding]:
    return [finding for finding in examine(patient) if finding.level is level]


def test_a_fresh_machine_is_well_and_gets_hints(patient):
    assert found(patient, Level.WRONG) == []
    hints = {finding.text: finding.fix for finding in found(patient, Level.HINT)}
    assert hints["brave_search needs BRAVE_API_KEY."] == "export BRAVE_API_KEY=…"
    assert hints["dart needs the command `npx`, not found on PATH."] == "Install Node.js: https://nodejs.org"


def test_a_server_that_is_set_up_gets_no_hint(patient):
    install(patient, "npx")
    patient.environ["BRAVE_API_KEY"] = "x"
    assert "brave_search is set up." in [finding.text for finding in found(patient, Level.OK)]
    assert not [finding for finding in found(patient, Level.HINT) if "brave" in finding.text]


def test_a_server_that_starts_with_roxy_must_be_set_up(patient):
    write(patient, "mcp_servers.yaml", "startup: {auto_start: [dart]}\n")
    assert [finding.text for finding in found(patient, Level.WRONG)] == [
        "dart needs DART_TOKEN.",
        "dart needs the command `npx`, not found on PATH.",
    ]


def test_a_destination_that_is_none_and_an_empty_dictionary_get_hints(patient):
    write(patient, "mcp_servers.yaml", "servers: {mail: {command: mail}}\n")
    write(patient, "roxy.yaml", "models: {known: {fast: {model: m}}}\n")
    names = "mail: {}, mial: {policy: strict}, 'model:fast': {}, 'model:openai:m': {}, 'm*': {}, 'session:x': {}"
    write(patient, "privacy.yaml", f"destinations: {{{names}}}\n")
    hints = {finding.text: finding.fix for finding in found(patient, Level.HINT) if finding.subject == "privacy"}
    assert list(hints) == [
        "There is no mial, so what is said of it holds for nobody.",
        "Your dictionary is empty: what only you know to be personal may pass.",
    ]
    assert "Did you mean `mail`?" in hints["There is no mial, so what is said of it holds for nobody."]
    write(patient, "privacy.yaml", "dictionary: [Quuxalot]\n")
    assert not [finding for finding in found(patient, Level.HINT) if finding.subject == "privacy"]


def test_a_policy_that_is_wrong_and_a_key_that_is_damaged_are_told_with_their_place(patient):
    write(patient, "privacy.yaml", "policy: strikt\n")
    patient.places.vaults.mkdir(parents=True)
    (patient.places.vaults / KEY_FILE).write_bytes(b"short")
    wrong = [finding.text for finding in found(patient, Level.WRONG)]
    assert any("privacy.yaml:1: `policy`: there is no policy `strikt`." in text for text in wrong)
    assert any("The key of the vaults" in text for text in wrong)


def test_a_server_that_is_off_is_not_looked_at(patient):
    write(patient, "mcp_servers.yaml", "servers: {dart: {enabled: false}}\n")
    assert not [finding for finding in examine(patient) if "dart" in finding.text]


def test_an_own_command_that_is_missing_says_how_to_name_another(patient):
    write(patient, "mcp_servers.yaml", "servers: {mine: {command: /no/such/program}}\n")
    fixes = [finding.fix for finding in found(patient, Level.HINT) if finding.text.startswith("mine")]
    assert fixes == ["Install it, or: roxy mcp config set mine command PATH"]


@pytest.mark.requirement("config.bad")
@pytest.mark.parametrize(
    ("name", "text", "subject"),
    [
        ("roxy.yaml", "usr: {}\n", "settings"),
        ("mcp_servers.yaml", "servers: [\n", "servers"),
        ("trust.yaml", "granted: [\n", "settings"),
    ],
)
def test_each_file_that_is_wrong_is_a_finding_of_its_own(patient, name, text, subject):
    path = write(patient, name, text)
    wrong = found(patient, Level.WRONG)
    assert [finding.subject for finding in wrong] == [subject]
    assert str(path) in wrong[0].text
    assert wrong[0].fix


def test_a_project_that_was_not_approved_is_told(patient):
    patient.places.project.mkdir()
    (patient.places.project / "roxy.yaml").write_text("user: {name: Ann}\n")
    hint = next(finding for finding in found(patient, Level.HINT) if finding.subject == "project")
    assert hint.fix == "roxy mcp config approve"


def test_folders_that_cannot_be_made_are_wrong(tmp_path):
    (tmp_path / "file").write_text("")
    places = Places.from_environment({"ROXY_HOME": str(tmp_path / "file" / "home")}, tmp_path)
    wrong = found(Patient(places, {}, local=()), Level.WRONG)
    assert "folders" in {finding.subject for finding in wrong}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_wrong(patient):
    patient.places.ready().data.chmod(0o500)
    fixes = [finding.fix for finding in found(patient, Level.WRONG)]
    assert fixes == [f"chmod u+wx {patient.places.data}"]


def test_a_skill_with_a_problem_is_wrong_and_an_unapproved_one_a_hint():
    skills = [
        SkillInfo(name="a", description="", source="bundled"),
        SkillInfo(name="b", description="", source="user", problem="It has no SKILL.md."),
        SkillInfo(name="c", description="", source="user", approved=False, problem="It was never approved."),
    ]
    assert [(finding.level, finding.text) for finding in skill_findings(skills)] == [
        (Level.WRONG, "b: It has no SKILL.md."),
        (Level.HINT, "c: It was never approved."),
        (Level.OK, "1 skills can be used."),
    ]


@pytest.mark.requirement("privacy.own_model")
def test_a_model_of_names_that_cannot_be_used_is_wrong(patient):
    assert "Found by Roxy's own model." in [finding.text for finding in found(patient, Level.OK)]
    write(patient, "privacy.yaml", "names: {engine: spacy, model: en_nowhere_lg}\n")
    (finding,) = found(patient, Level.WRONG)
    assert "en_nowhere_lg" in finding.text
    assert finding.fix == "Get it: python -m spacy download en_nowhere_lg"
    write(patient, "privacy.yaml", "names: {engine: spacey}\n")
    (finding,) = found(patient, Level.WRONG)
    assert "privacy.yaml:1" in finding.text
