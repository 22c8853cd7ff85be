"""What a clean checkout must hold to."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        try:
            found.append((path, path.read_text()))
        except UnicodeDecodeError:
            continue
    return found


def test_the_locks_hold_hashes_and_no_download_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = (ROOT / name).read_text()
        assert "://" not in lock
        pinned = re.findall(r"^[a-z0-9][\w.\-]*(?:\[.*\])?==", lock, flags=re.MULTILINE)
        assert len(pinned) > 30
        assert lock.count("--hash=sha256:") >= len(pinned)


def test_every_dependency_of_the_program_is_in_the_development_lock_at_the_same_version() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9][^\s;]*==[^\s;]+)", (ROOT / name).read_text(), flags=re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


@pytest.mark.parametrize("word", ["/work/" + "main", "/root/" + ".", "pypi" + ".org", "pythonhosted" + ".org"])
def test_no_file_names_this_machine_or_a_registry(word: str) -> None:
    assert [str(path) for path, text in texts() if word in text] == []


def test_the_product_never_asks_whether_telephony_is_simulated_to_decide_what_to_do() -> None:
    """Only the banner of the pages, the doctor and the start-up of the demo may know."""
    may_know = {
        "core/settings.py",
        "service/cli.py",
        "service/demo_data.py",
        "service/doctor.py",
        "service/supervisor.py",
        "alerting/api/health.py",
    }
    knows = {
        str(path.relative_to(ROOT))
        for path, text in texts()
        if path.suffix == ".py" and re.search(r"uses_simulated_telephony|if .*simulat", text, flags=re.IGNORECASE)
    }
    assert {
        name for name in knows - may_know if not name.startswith(("simulator/", "tests/", "alerting/web/"))
    } == set()


def test_the_configuration_is_changed_in_one_place_which_keeps_the_past_as_it_was() -> None:
    changing = {
        str(path.relative_to(ROOT))
        for path, text in texts()
        if path.suffix == ".py" and re.search(r"\bstore\.save\(|import .*\bsave\b", text)
    }
    assert {name for name in changing if not name.startswith("tests/")} == {"alerting/configuration.py"}


def test_the_documents_that_readers_need_are_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "docs/architecture.md", "docs/configuration.md", "docs/operations.md",
                 "docs/api.md", "docs/telephony.md"):  # fmt: skip
        assert (ROOT / name).is_file(), name
