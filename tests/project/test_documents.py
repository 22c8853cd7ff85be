"""The documents say what is: commands, addresses, settings and diagrams that they name exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from core.settings import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, Settings
from deadman.settings import PREFIX as WATCHDOG_PREFIX
from deadman.settings import WatchdogSettings
from service import diagrams
from service.cli import cli
from service.configuration.schema import SECTIONS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
TEST_SETTINGS = frozenset({"GUARDIA_VENDOR_SPECS", "GUARDIA_TEST_POSTGRES_URL", "GUARDIA_CHROMIUM"})


def variable(name: str) -> str:
    return f"GUARDIA_{name.upper()}"


def watchdogs(name: str) -> str:
    return f"{WATCHDOG_PREFIX}{name.upper()}"


ALL_SETTINGS = {variable(name): field for name, field in Settings.model_fields.items()} | {
    watchdogs(name): field for name, field in WatchdogSettings.model_fields.items()
}

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands_of(document: str) -> Iterator[str]:
    """Everything in code that begins with `guardia`: lines of shell blocks, and inline code."""
    for language, block in FENCED.findall(document):
        lines = block.splitlines() if language == "sh" else []
        yield from (line for line in lines if line.startswith("guardia "))
    yield from (code for code in INLINE.findall(FENCED.sub("", document)) if code.startswith("guardia "))


def command_lines() -> list[tuple[str, str]]:
    return sorted({(path.name, line) for path in DOCUMENTS for line in commands_of(text_of(path))})


@pytest.mark.parametrize(("document", "line"), command_lines())
def test_every_command_that_a_document_names_exists_with_its_options(document: str, line: str) -> None:
    words = shlex.split(line.partition(" > ")[0], comments=True)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        found = command.commands.get(words[0])
        assert found is not None, f"{document}: {line!r}: there is no {words[0]!r}"
        command, words = found, words[1:]
    if command.name == "simulator":
        return  # its options are the simulator's own
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known, f"{document}: {line!r}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_a_document_names_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), flags=re.MULTILINE))
    code = [
        *INLINE.findall(FENCED.sub("", text_of(path))),
        *(line for _, b in FENCED.findall(text_of(path)) for line in b.splitlines()),
    ]
    named = {line.split()[1] for line in code if re.match(r"make [a-z]+", line)}

    assert named <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_to_a_file_and_a_heading_that_exist(path: Path) -> None:
    for target in LINK.findall(FENCED.sub("", text_of(path))):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        assert linked.is_file(), f"{path.name}: {target}"
        assert not anchor or anchor in anchors_of(text_of(linked)), f"{path.name}: {target}"


def anchors_of(document: str) -> set[str]:
    """As the usual renderers make them: lower case, spaces become hyphens, punctuation goes."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", document), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_environment_setting_that_a_document_names_exists(path: Path) -> None:
    known = ALL_SETTINGS.keys() | {watchdogs("")[:-1]} | TEST_SETTINGS

    assert set(re.findall(r"GUARDIA_[A-Z][A-Z_]*[A-Z]", text_of(path))) <= known


def table_of_settings() -> dict[str, list[str]]:
    """Variable -> default, meaning, production."""
    rows = re.findall(r"^\| `(GUARDIA_[A-Z_]+)` \|(.*)\|$", CONFIGURATION, flags=re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in rows}


def test_the_table_of_settings_has_every_setting_and_no_other() -> None:
    assert set(table_of_settings()) == set(ALL_SETTINGS)


@pytest.mark.parametrize("name", ALL_SETTINGS)
def test_the_table_of_settings_shows_the_default(name: str) -> None:
    default, *_ = table_of_settings()[name]

    assert default == shown_default(ALL_SETTINGS[name])


def shown_default(field: FieldInfo) -> str:
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if value in (DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN):
        return "the demo's"
    wanted = float(value) if field.annotation is float else value
    return f"`{wanted}`" if value != "" else "—"


@pytest.mark.parametrize(("section", "model"), SECTIONS.items())
def test_every_section_of_the_file_and_each_of_its_keys_is_explained(section: str, model: type[BaseModel]) -> None:
    found = re.search(rf"^### {section}\n(.*?)(?=^### |\Z)", CONFIGURATION, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, section
    keys = {field.alias or name for name, field in model.model_fields.items()}

    assert {key for key in keys if f"`{key}`" not in found[1]} == set()


@pytest.mark.parametrize("name", diagrams.DIAGRAMS)
def test_the_state_diagrams_are_those_of_the_tables(name: str) -> None:
    assert diagrams.marked(name) in text_of(ROOT / "docs" / "architecture.md"), (
        "run python -m service.diagrams docs/architecture.md"
    )


def test_the_picture_can_be_read_aloud() -> None:
    picture = ElementTree.fromstring(text_of(ROOT / "docs" / "page.svg"))
    named = {element.tag.rpartition("}")[2]: element for element in picture}

    assert picture.get("role") == "img"
    assert set((picture.get("aria-labelledby") or "").split()) == {named[tag].get("id") for tag in ("title", "desc")}
    assert all(named[tag].text for tag in ("title", "desc"))


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    versions = re.findall(r"^## \[([^\]]+)\]", text_of(ROOT / "CHANGELOG.md"), flags=re.MULTILINE)

    assert versions[0] == project


def test_every_process_of_the_procfile_is_a_command() -> None:
    for line in text_of(ROOT / "Procfile").splitlines():
        _, _, command = line.partition(": ")
        test_every_command_that_a_document_names_exists_with_its_options("Procfile", command)
