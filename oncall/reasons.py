"""Why somebody is on call, or is passed over: values for the log, and their words for staff pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple, get_args

from oncall.walltime import to_local

ReasonKind = Literal["rotation", "pagerduty-rota", "override", "temporary", "absence-fill", "person", "team"]
SkipReason = Literal["nobody_on_call", "absent", "duplicate_in_step"]


class Reason(NamedTuple):
    """`id` is the rotation's, override's, temporary schedule's, person's or team's by `kind`; the span is the cause's
    own (the whole turn, override, temporary shift or absence) in UTC, None for a person or a team named by the policy.
    `instead_of` was taken off by it; `in_turn`: chosen by round robin."""

    kind: ReasonKind
    id: str
    from_at: datetime | None = None
    to_at: datetime | None = None
    instead_of: str | None = None
    schedule: str | None = None
    in_turn: bool = False


class OnCall(NamedTuple):
    person_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class NotPaged:
    """Someone, or with person None a whole target, who is not paged; `why` is an attempt's why of the API. `kind` and
    `id` name the target of the policy."""

    person_id: str | None
    why: SkipReason
    kind: Literal["person", "schedule", "team", "round_robin"]
    id: str


def reason_of(data: Mapping[str, object]) -> Reason | None:
    """What `reason_data` wrote, read back; None for a reason of another kind."""
    kind = next((one for one in get_args(ReasonKind) if one == data.get("kind")), None)
    if kind is None:
        return None
    return Reason(
        kind,
        str(data.get("id", "")),
        _read(data.get("from")),
        _read(data.get("to")),
        _text(data.get("instead_of")),
        _text(data.get("schedule")),
        bool(data.get("in_turn")),
    )


def reason_data(reason: Reason) -> dict[str, str | bool]:
    """Plain values for log entries and JSON, without those that say nothing."""
    data: dict[str, str | bool | None] = {
        "kind": reason.kind,
        "id": reason.id,
        "from": _utc(reason.from_at),
        "to": _utc(reason.to_at),
        "instead_of": reason.instead_of,
        "schedule": reason.schedule,
        "in_turn": reason.in_turn or None,
    }
    return {key: value for key, value in data.items() if value is not None}


_WORDS = {
    "es": {
        "rotation": "turno de la rotación {id}",
        "pagerduty-rota": "de guardia en PagerDuty, rotación {id}",
        "override": "sustitución {id}",
        "temporary": "guardia temporal {id}",
        "absence-fill": "siguiente de la rotación {id}",
        "person": "persona nombrada en la política",
        "team": "miembro del equipo {id}",
        "instead_of": "en lugar de {instead_of}",
        "schedule": "guardia {schedule}",
        "span": "del {from_at} al {to_at}",
        "in_turn": "por turno rotatorio",
        "nobody_on_call": "nadie de guardia",
        "absent": "{person} está ausente",
        "duplicate_in_step": "{person} ya recibe el aviso en este paso",
    },
    "en": {
        "rotation": "turn of the rotation {id}",
        "pagerduty-rota": "on call in PagerDuty, rotation {id}",
        "override": "override {id}",
        "temporary": "temporary schedule {id}",
        "absence-fill": "next in the rotation {id}",
        "person": "person named by the policy",
        "team": "member of the team {id}",
        "instead_of": "instead of {instead_of}",
        "schedule": "schedule {schedule}",
        "span": "from {from_at} to {to_at}",
        "in_turn": "by round robin",
        "nobody_on_call": "nobody on call",
        "absent": "{person} is absent",
        "duplicate_in_step": "{person} is already paged in this step",
    },
}
LANGUAGES = tuple(_WORDS)


def describe(reason: Reason, language: str, names: Mapping[str, str], timezone: str = "Europe/Madrid") -> str:
    """One line for staff; `names` by person id (an unknown one shows the id); another language reads Spanish."""
    words = _words(language)
    parts = [words[reason.kind]]
    if reason.from_at is not None and reason.to_at is not None:
        parts.append(words["span"])
    if reason.instead_of is not None:
        parts.append(words["instead_of"])
    if reason.schedule is not None:
        parts.append(words["schedule"])
    if reason.in_turn:
        parts.append(words["in_turn"])
    instead_of = reason.instead_of and names.get(reason.instead_of, reason.instead_of)
    return ", ".join(parts).format(
        id=reason.id,
        from_at=_local(reason.from_at, timezone),
        to_at=_local(reason.to_at, timezone),
        instead_of=instead_of,
        schedule=reason.schedule,
    )


def describe_skip(skip: NotPaged, language: str, names: Mapping[str, str]) -> str:
    person = skip.person_id or skip.id
    text = _words(language)[skip.why].format(person=names.get(person, person))
    return text if skip.person_id is not None else f"{text}: {skip.id}"


def _words(language: str) -> Mapping[str, str]:
    return _WORDS.get(language, _WORDS["es"])


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _local(at: datetime | None, timezone: str) -> str:
    return "" if at is None else f"{to_local(at, timezone):%Y-%m-%d %H:%M}"
