"""Rotations and schedules with everything that a test does not talk about left out of sight."""

from datetime import UTC, datetime

from oncall.schema import Absence, Calendar, Defaults, Person, Rotation, Schedule, Team
from oncall.walltime import to_utc
from oncall.world import OnCallWorld

MADRID = "Europe/Madrid"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, timezone: str = MADRID) -> datetime:
    """The UTC instant of a wall-clock time that is not ambiguous."""
    return to_utc(datetime.fromisoformat(text), timezone, "start")


def rotation(**keys: object) -> Rotation:
    """Ana, Borja and Carol by the week, from Monday 2026-01-05 at 09:00 in Madrid."""
    weekly: dict[str, object] = {
        "id": "weekly",
        "kind": "weekly",
        "anchor": "2026-01-05T09:00",
        "timezone": MADRID,
        "participants": ["ana", "borja", "carol"],
    }
    return Rotation.model_validate(weekly | keys)


def by_weekday(**keys: object) -> Rotation:
    days = {"mon": "ana", "tue": "ana", "wed": "borja", "thu": "borja", "fri": "carol", "sat": "carol", "sun": "carol"}
    weekdays: dict[str, object] = {
        "id": "by-weekday",
        "kind": "weekdays",
        "handoff": "09:00",
        "timezone": MADRID,
        "days": days,
    }
    return Rotation.model_validate(weekdays | keys)


def schedule(*layers: object, **keys: object) -> Schedule:
    shown = [{"rotation": layer} if isinstance(layer, str) else layer for layer in layers]
    return Schedule.model_validate(
        {"id": "primary", "timezone": MADRID, "layers": shown or [{"rotation": "weekly"}]} | keys
    )


def absence(person: str, from_: str, to: str, **keys: object) -> Absence:
    return Absence.model_validate({"person": person, "from": from_, "to": to} | keys)


def madrid(**keys: object) -> Calendar:
    """The working calendar of the support terms, with Madrid's holidays and the municipal days of 2026."""
    terms: dict[str, object] = {
        "id": "madrid",
        "timezone": MADRID,
        "holidays": {"country": "ES", "subdivision": "MD"},
        "closed_dates": ["2026-05-15", "2026-11-09"],
        "rules": [
            {"dates": ["01-05", "12-24", "12-31"], "hours": ["08:00-15:00"]},
            {"from": "07-01", "to": "08-31", "hours": ["08:00-15:00"]},
            {"hours": ["09:00-18:00"]},
        ],
    }
    return Calendar.model_validate(terms | keys)


def person(name: str, **keys: object) -> Person:
    """With a verified mobile telephone for SMS and voice."""
    number = {"ana": 1, "borja": 2, "carol": 3, "clara": 9}[name]
    phone = f"+3460000000{number}"
    methods = [{"id": channel, "channel": channel, "address": phone, "verified": True} for channel in ("sms", "voice")]
    return Person.model_validate({"id": name, "name": name.title(), "contact_methods": methods} | keys)


def defaults() -> Defaults:
    return Defaults.model_validate(
        {
            "notification_rules": {
                "critical": [
                    {"via": "sms", "after": "0s"},
                    {"via": "voice", "after": "0s"},
                    {"via": "voice", "after": "90s"},
                ],
                "normal": [{"via": "sms", "after": "0s"}, {"via": "voice", "after": "5m"}],
            }
        }
    )


def world(
    *schedules: Schedule, rotations: tuple[Rotation, ...] = (), absences: tuple[Absence, ...] = ()
) -> OnCallWorld:
    """Ana, Borja, Carol and Clara, and the team `backup` of the first three."""
    team = Team.model_validate(
        {"id": "backup", "name": "Backup", "members": ["ana", "borja", "carol"], "managers": ["clara"]}
    )
    return OnCallWorld(
        people={name: person(name) for name in ("ana", "borja", "carol", "clara")},
        teams={team.id: team},
        rotations={one.id: one for one in (rotations or (rotation(),))},
        schedules={one.id: one for one in (schedules or (schedule(),))},
        absences=absences,
        calendars={"madrid": madrid()},
        defaults=defaults(),
    )
