"""The house's floors and rooms: who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("service", "webhooks", "alerting", "oncall", "core", "simulator", "deadman")
# File names whose role is fixed in every package, and that name no pure rules.
ROLES = frozenset(
    {
        "__init__",
        "__main__",
        "models",
        "service",
        "store",
        "queries",
        "jobs",
        "views",
        "blueprint",
        "dispatch",
        "statuses",
    }
)
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = CONFIG["tool"]["importlinter"]["contracts"]
PURE = next(c for c in CONTRACTS if c["name"].startswith("Pure rules"))
# Modules that act although their name gives no role: each is the one place for what it does.
ACTORS = frozenset(CONFIG["tool"]["guardia"]["actors"])


def modules(*packages: str) -> list[str]:
    found = []
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


def test_the_contracts_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    ran = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("module", modules("core", "oncall", "alerting", "webhooks"))
def test_no_module_is_ungoverned(module: str) -> None:
    """A module is pure and named so in the contract, has a role by its file name, or is listed as an actor."""
    pure = any(module == name or module.startswith(name + ".") for name in PURE["source_modules"])
    acts = any(module == name or module.startswith(name + ".") for name in ACTORS)
    is_package = (ROOT / module.replace(".", "/")).is_dir()
    assert pure or acts or is_package or module.rpartition(".")[2] in ROLES, (
        f"{module}: name it among the pure rules or the actors in pyproject.toml, or give its file the name of its role"
    )


@pytest.mark.parametrize("module", PURE["source_modules"])
def test_what_is_called_pure_exists(module: str) -> None:
    path = ROOT / module.replace(".", "/")
    assert path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("path", sorted(p for name in PACKAGES for p in (ROOT / name).rglob("*.py")), ids=str)
def test_no_import_hides_inside_a_function(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            hidden = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not hidden, f"{path}: import inside {node.name} at line {hidden}"
