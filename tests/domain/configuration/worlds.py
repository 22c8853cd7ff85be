"""The example world with something changed, and what applying it would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from alerting.escalation.schema import EscalationPolicy
from core.documents.store import Change, Document
from service.configuration.document import SourceFile
from service.configuration.plan import Plan, plan_apply
from service.configuration.problems import Problem, Problems

EXAMPLES = Path(__file__).parents[3] / "examples"
WORLD = (EXAMPLES / "world.yaml").read_text(encoding="utf-8")
FILE = "world.yaml"


def world(*edits: tuple[str, str]) -> str:
    """The example world with each text replaced everywhere; one that is not there is a mistake of the test."""
    text = WORLD
    for old, new in edits:
        assert old in text, f"{old!r} is not in the example world"
        text = text.replace(old, new)
    return text


def planned(
    *texts: str, current: Sequence[Document] = (), prune: bool = False, running: Sequence[EscalationPolicy] = ()
) -> Plan:
    """Of files that must be sound."""
    plan = plan_apply(_sources(texts), current, prune, running)
    assert isinstance(plan, Plan), "\n".join(str(problem) for problem in plan.problems)
    return plan


def refused(
    *texts: str, current: Sequence[Document] = (), prune: bool = False, running: Sequence[EscalationPolicy] = ()
) -> tuple[Problem, ...]:
    """The problems of files that must not be accepted."""
    plan = plan_apply(_sources(texts), current, prune, running)
    assert isinstance(plan, Problems), plan.difference
    return plan.problems


def the_problem(*texts: str, current: Sequence[Document] = ()) -> Problem:
    found = refused(*texts, current=current)
    assert len(found) == 1, "\n".join(str(problem) for problem in found)
    return found[0]


@cache
def in_force(*texts: str) -> tuple[Document, ...]:
    """What is stored after applying the files to nothing."""
    return applied(planned(*texts), ())


def applied(plan: Plan, current: Sequence[Document]) -> tuple[Document, ...]:
    """What the store holds after the plan, without a store."""
    stored = {(document.section, document.id): document for document in current}
    for change in plan.changes:
        stored[change.section, change.id] = _document(change)
    return tuple(stored.values())


def made_in_console(section: str, object_id: str, body: Mapping[str, object], position: int = 50) -> Document:
    return Document(section, object_id, dict(body), position, "console", archived=False)


def line_of(text: str, words: str) -> int:
    """The line, from 1, on which the words stand first."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def _sources(texts: Sequence[str]) -> list[SourceFile]:
    names = [FILE, *(f"more-{number}.yaml" for number in range(1, len(texts)))]
    return [SourceFile(name, text) for name, text in zip(names, texts, strict=False)]


def _document(change: Change) -> Document:
    return Document(
        change.section, change.id, change.body, change.position, change.origin, archived=change.kind == "archive"
    )
