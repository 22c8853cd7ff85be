"""The clauses of the support terms, and which tests show that each of them is kept.

A test names a clause by its identifier in its docstring, in that of its module, or in its own name:
`S-2.13`, `S-3.A1 to S-3.D3`, `test_s_6_1_a_trial_may_exercise_but_not_activate`.
`python -m tests.clauses docs/clauses.md` writes the table anew.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent

# S-2.10 does not exist: where it would be, the terms have a mark that their editors left behind.
CLAUSES: Mapping[str, str] = {
    "S-1.1": "Support takes mail and calls every day at every hour, whatever the contract covers",
    "S-1.2": "The product itself takes requests at every hour, also while parts of it are away",
    "S-2.1": "The portal comes first; whichever way a ticket comes, it is the same ticket",
    "S-2.2": "Everybody signs in with credentials that the provider gave; nobody registers alone",
    "S-2.3": "Normal office hours: Monday to Friday, 9:00 to 18:00, January to June and September to December",
    "S-2.4": "Short hours, 8:00 to 15:00: July and August, 5 January, 24 and 31 December",
    "S-2.5": "Working days leave out national, regional and local holidays; the list is there to be seen",
    "S-2.6": "At any hour, where the service is contracted round the clock",
    "S-2.7": "The catalog offers an intervention by activation of the contingency plan",
    "S-2.8": "The request alerts the technical team by itself",
    "S-2.9": "An engineer gets in touch with the customer",
    "S-2.11": "The customer always has the detail: description and what was done",
    "S-2.12": "Time spent may be part of it",
    "S-2.13": "Every progress is told by mail as well as in the portal",
    "S-2.14": "Every closure offers a rating",
    "S-2.15": "A yearly survey, whose report is there for the customers",
    "S-3.A1": "Symptoms",
    "S-3.A2": "Error messages or output",
    "S-3.A3": "Exact names of accounts and machines, with who was signed in",
    "S-3.A4": "Steps that bring the problem back",
    "S-3.A5": "What was wanted",
    "S-3.A6": "Screenshots",
    "S-3.B1": "How it affects the business",
    "S-3.B2": "How many users and machines, and whether strategic ones are among them",
    "S-3.B3": "A critical situation that stops the business",
    "S-3.C1": "The product's build",
    "S-3.C2": "Whether it happened before",
    "S-3.C3": "What came before it",
    "S-3.C4": "Changes of hardware, software or else",
    "S-3.C5": "How to reach the person",
    "S-3.D1": "Operating system and network",
    "S-3.D2": "The account on the platform, and never a password",
    "S-3.D3": "What was tried, and which articles were followed",
    "S-3.2.1": "A backup or restore that fails or does not run is an incident",
    "S-3.2.2": "Enough detail is asked for",
    "S-3.2.3": "A mail tells the customer the reference",
    "S-3.2.4": "Causes and the plan to mend them are told as soon as possible",
    "S-3.2.5": "What is not the provider's to solve is said so, and closed with its reason",
    "S-3.2.6": "The customer may reopen at any time",
    "S-3.2.7": "What is solved is closed, and the customer is told",
    "S-3.2.8": "Work goes on until the customer is satisfied",
    "S-4.1": "Targets by component, public",
    "S-4.2": "Satisfaction is asked after closing and once a year, and answering is free",
    "S-4.3": "Satisfaction counts less than times of resolution",
    "S-4.4": "Satisfaction is for internal use, unless agreed otherwise",
    "S-4.5": "Suggestions and comments are welcome, and answered",
    "S-4.6": "A contract's own targets are never worse than the general ones",
    "S-4.7": "Results are put together by service, priority and more",
    "S-4.8": "Reports at regular times, which stay what they were",
    "S-4.9": "Time counts from the opening of the ticket, within the contracted hours",
    "S-4.10": "Time that depends on others does not count against the resolution",
    "S-4.11": "A cloud provider's own case is followed with its own time",
    "S-5.1": "Support is for those whom the customer has named",
    "S-5.2": "The latest update should be installed; initial releases are an exception",
    "S-6.1": "A trial may exercise",
    "S-7.1": "Terms have versions, and a ticket keeps the one it was opened under",
    "S-F.1": "Time can be given to departments",
    "S-F.2": "Exercises and incidents leave evidence that can be proved",
    "S-F.3": "Every text in the reader's language, every time with its offset",
}
# Named here until the product keeps them.
NOT_YET: frozenset[str] = frozenset()
_NAMED = re.compile(r"S-[0-9F](?:\.[A-D]?[0-9]+)+")
_SPAN = re.compile(rf"({_NAMED.pattern}) to ({_NAMED.pattern})")
_IN_A_NAME = re.compile(r"^test_s_([0-9f])_([a-d]?[0-9]+)(?:_([0-9]+))?_")
_HEAD = """\
# The support terms, clause by clause

What the terms promise, in short, and the tests that show it. Written by `python -m tests.clauses docs/clauses.md`;
a test fails when a clause has none, or when this table is not the one that would be written.

| clause | what it promises | shown by |
|---|---|---|
"""


def named_in(text: str) -> set[str]:
    """Clauses that a docstring names, those between the two ends of a span included."""
    known = list(CLAUSES)
    found = set(_NAMED.findall(text))
    for first, last in _SPAN.findall(text):
        found |= set(known[known.index(first) : known.index(last) + 1])
    return found


def tests_of(path: Path) -> Iterator[tuple[str, set[str]]]:
    """The file's tests in their order, each with the clauses that it or its module names."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    of_all = named_in(ast.get_docstring(module) or "")
    for item in module.body:
        if isinstance(item, ast.FunctionDef) and item.name.startswith("test_"):
            own = named_in(ast.get_docstring(item) or "")
            if match := _IN_A_NAME.match(item.name):
                own.add("S-" + ".".join(part.upper() for part in match.groups() if part))
            yield item.name, own | of_all


def shown_by(folder: Path = ROOT / "tests") -> dict[str, list[tuple[Path, str]]]:
    """For each clause that a test names, also one that does not exist, its tests in the order of their files."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for name, clauses in tests_of(path):
            for clause in clauses:
                found.setdefault(clause, []).append((path.relative_to(ROOT), name))
    return found


def table() -> str:
    """The document as it should be."""
    shown = shown_by()
    return _HEAD + "".join(
        f"| {one} | {text} | {_listed(shown.get(one, ())) or 'not yet'} |\n" for one, text in CLAUSES.items()
    )


def _listed(tests: Sequence[tuple[Path, str]]) -> str:
    by_file: dict[Path, list[str]] = {}
    for path, name in tests:
        by_file.setdefault(path, []).append(name.removeprefix("test_").replace("_", " "))
    return "<br>".join(f"`{path}`: {'; '.join(names)}" for path, names in by_file.items())


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(), encoding="utf-8")
