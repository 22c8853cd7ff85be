"""The post-exercise report (S-F.2, ISO 22301 8.5): what a drill's log says of times, answers and gaps. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from core.audit.chain import Link

FAILED = frozenset({"failed", "undelivered", "expired"})
NOT_A_GAP = frozenset({"drill_excluded", "duplicate_in_step", "already_acknowledged", "ticket_closed"})
"""Reasons of skipped attempts that are as they should be in a drill."""

Data = Mapping[str, Any]


class Step(NamedTuple):
    """Something that happened, `seconds` after the beginning. `kind` as in TOLD; `facts`: people's ids under `people`
    or `person`, the step's number under `step`, and what else the sentence needs."""

    at: datetime
    seconds: int
    kind: str
    facts: Mapping[str, Any]

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=self.seconds)


class Gap(NamedTuple):
    """What did not go as it should: `kind` of GAPS, `facts` as in Step."""

    kind: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """`acknowledged`, `contacted` and `closed` are the time from the beginning; None: it did not happen. `rto` and
    `rpo` are the plan's, None where it has none; `head` is the hash of the log's last entry that was read."""

    rehearsed: bool
    began_at: datetime
    steps: tuple[Step, ...]
    answered_by: tuple[str, ...]
    gaps: tuple[Gap, ...]
    acknowledged: timedelta | None
    contacted: timedelta | None
    closed: timedelta | None
    rto: timedelta | None
    rpo: timedelta | None
    plan_version: int | None
    head: str

    def as_json(self) -> dict[str, Any]:
        return {
            "rehearsed": self.rehearsed,
            "began_at": self.began_at.isoformat(),
            "steps": [[one.at.isoformat(), one.seconds, one.kind, dict(one.facts)] for one in self.steps],
            "answered_by": list(self.answered_by),
            "gaps": [[one.kind, dict(one.facts)] for one in self.gaps],
            "acknowledged": _seconds(self.acknowledged),
            "contacted": _seconds(self.contacted),
            "closed": _seconds(self.closed),
            "rto": _seconds(self.rto),
            "rpo": _seconds(self.rpo),
            "plan_version": self.plan_version,
            "head": self.head,
        }

    @classmethod
    def from_json(cls, kept: Data) -> Report:
        return cls(
            rehearsed=kept["rehearsed"],
            began_at=datetime.fromisoformat(kept["began_at"]),
            steps=tuple(Step(datetime.fromisoformat(at), *rest) for at, *rest in kept["steps"]),
            answered_by=tuple(kept["answered_by"]),
            gaps=tuple(Gap(*one) for one in kept["gaps"]),
            acknowledged=_span(kept["acknowledged"]),
            contacted=_span(kept["contacted"]),
            closed=_span(kept["closed"]),
            rto=_span(kept["rto"]),
            rpo=_span(kept["rpo"]),
            plan_version=kept["plan_version"],
            head=kept["head"],
        )


TOLD: Mapping[str, Callable[[Data], Mapping[str, Any]]] = {
    "step.started": lambda data: {"step": data["step"], "people": list(data["people"])},
    "step.skipped": lambda data: {"step": data["step"]},
    "step.timed_out": lambda data: {"step": data["step"]},
    "page.acknowledged": lambda data: {"person": data["person"], "via": data["via"]},
    "page.acknowledged_late": lambda data: {"person": data["person"], "via": data["via"]},
    "page.declined": lambda data: {"person": data["person"], "via": data["via"]},
    "contact.attempted": lambda data: {"person": data.get("person"), "outcome": data["outcome"]},
    "contact.made": lambda data: {"person": data.get("person")},
    "contact.overdue": lambda data: {"person": data.get("owner")},
    "contact.unreachable": lambda _: {},
    "escalation.exhausted": lambda _: {},
    "escalation.cancelled": lambda _: {},
    "ticket.closed": lambda data: {"code": data["code"]},
}
"""Kinds of log entry that a report tells; the sentence of each is in `web/drill_words.html`."""
GAPS = (
    *("nobody_answered", "step_unanswered", "step_without_people", "declined", "not_heard", "not_paged"),
    *("no_contact", "contact_overdue", "over_rto", "broken_off"),
)


def report(
    entries: Sequence[Link],
    *,
    rto: timedelta | None = None,
    rpo: timedelta | None = None,
    plan_version: int | None = None,
) -> Report:
    """Of a drill's chain in its order, which must not be empty. Times count from its first entry, the request."""
    began_at = entries[0].at
    steps = list(_steps(entries, began_at))
    first = _firsts(entries, began_at)
    rehearsed = any(one.kind == "drill.reported" for one in entries)
    answers = [str(one.data["person"]) for one in entries if one.kind == "page.acknowledged"]
    made = Report(
        rehearsed=rehearsed,
        began_at=began_at,
        steps=tuple(steps),
        answered_by=tuple(dict.fromkeys(answers)),
        gaps=(),
        acknowledged=first.get("page.acknowledged"),
        contacted=first.get("contact.made"),
        closed=first.get("ticket.closed"),
        rto=rto,
        rpo=rpo,
        plan_version=plan_version,
        head=entries[-1].hash,
    )
    found = tuple(dict.fromkeys(_Hashable(*one) for one in _gaps(entries, made)))
    return replace(made, gaps=tuple(Gap(kind, dict(facts)) for kind, facts in found))


class _Hashable(NamedTuple):
    kind: str
    facts: tuple[tuple[str, Any], ...]


def _steps(entries: Iterable[Link], began_at: datetime) -> Iterable[Step]:
    for one in entries:
        if one.kind == "drill.reported":
            yield from _rehearsed(one.data, began_at)
        elif (told := TOLD.get(one.kind)) is not None:
            yield Step(one.at, _since(began_at, one.at), one.kind, told(one.data))


def _rehearsed(data: Data, began_at: datetime) -> Iterable[Step]:
    """The steps as they would have been, each at the instant at which it would have been paged."""
    for step in data["steps"]:
        at = datetime.fromisoformat(step["at"])
        facts: dict[str, Any] = {"step": step["step"]}
        people = [one["person"] for one in step["people"]]
        if people:
            yield Step(at, _since(began_at, at), "step.started", facts | {"people": people})
        else:
            yield Step(at, _since(began_at, at), "step.skipped", facts)


def _gaps(entries: Sequence[Link], made: Report) -> Iterable[tuple[str, tuple[tuple[str, Any], ...]]]:
    kinds = {one.kind for one in entries}
    closed_as = next((one.data["code"] for one in entries if one.kind == "ticket.closed"), None)
    for step in made.steps:
        if step.kind == "step.skipped":
            yield "step_without_people", (("step", step.facts["step"]),)
        elif step.kind == "step.timed_out":
            yield "step_unanswered", (("step", step.facts["step"]),)
        elif step.kind == "page.declined":
            yield "declined", (("person", step.facts["person"]),)
    yield from _unheard(entries)
    if closed_as == "withdrawn":
        yield "broken_off", ()
    elif not made.rehearsed:
        if "page.acknowledged" not in kinds:
            yield "nobody_answered", ()
        elif "contact.made" not in kinds:
            yield "no_contact", ()
    if "contact.overdue" in kinds:
        yield "contact_overdue", ()
    if made.rto is not None and made.contacted is not None and made.closed is not None and made.closed > made.rto:
        yield "over_rto", ()


def _unheard(entries: Iterable[Link]) -> Iterable[tuple[str, tuple[tuple[str, Any], ...]]]:
    """Pages that nobody could hear: by person and channel."""
    pages: dict[str, Data] = {}
    for one in entries:
        data = one.data
        if one.kind in ("attempt.planned", "mail.queued", "attempt.skipped") and data.get("purpose") == "page":
            pages[data["attempt"]] = data
        page = pages.get(data.get("attempt", ""))
        if page is None or not page.get("person_id"):
            continue
        where = (("person", page["person_id"]), ("channel", page.get("channel")))
        if one.kind == "attempt.skipped" and data["why"] not in NOT_A_GAP:
            yield "not_paged", (*where, ("why", data["why"]))
        elif one.kind == "attempt.failed" or (one.kind == "attempt.status" and data.get("state") in FAILED):
            yield "not_heard", where


def _firsts(entries: Iterable[Link], began_at: datetime) -> dict[str, timedelta]:
    found: dict[str, timedelta] = {}
    for one in entries:
        found.setdefault(one.kind, one.at - began_at)
    return found


def _since(began_at: datetime, at: datetime) -> int:
    return int((at - began_at).total_seconds())


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
