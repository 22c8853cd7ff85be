"""Rotas that are kept in PagerDuty: what its answer says, what of it is believed at once, and who its users are here.
Pure.

Believed at once is whom it names; that suddenly nobody is on call within a day is believed when it is said twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from oncall.pieces import FOR_EVER, Span, gaps_between, union
from oncall.schema import FollowedShift, PagerDutyRota, Person, Rotation, Value, following

SECTION = "pagerduty_rotas"
"""Section of the documents, one for each rotation, that no configuration file names: no apply touches them."""
AHEAD = timedelta(days=89)
"""Of the 90 days that `/oncalls` answers for."""
NEAR = timedelta(hours=24)
READ_EVERY = timedelta(minutes=5)
STALE = timedelta(hours=1)
"""A rota that has not been read for so long is shown as stale, and told to managers."""
WARNED_AHEAD = timedelta(days=14)


class Entry(NamedTuple):
    """A user on call there; None: without a begin, or an end. In UTC."""

    from_at: datetime | None
    to_at: datetime | None
    user: str
    name: str
    mail: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.from_at or FOR_EVER.from_at, self.to_at or FOR_EVER.to_at)


class Kept(Value):
    """A document of the section. `of` is `PagerDutyRota.source`: a rotation that follows another rota now begins
    without shifts."""

    of: str
    entries: tuple[Entry, ...] = ()


class Merged(NamedTuple):
    """`doubted`: within a day nobody would be on call any more who was, so that this part stays as it was known."""

    entries: tuple[Entry, ...]
    doubted: bool


def asked(now: datetime) -> Span:
    """What to ask for: to the end of a day, so that the answer is the same all day."""
    until = (now + AHEAD).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Span(now.replace(microsecond=0), until)


def read(oncalls: Iterable[Any], rota: PagerDutyRota) -> tuple[Entry, ...]:
    """The entries of `/oncalls` in the order of time, each once though several policies name the schedule. ValueError
    for what cannot be read: nobody is taken off call by half an answer."""
    found: dict[tuple[str, datetime | None, datetime | None], Entry] = {}
    for one in oncalls:
        if not isinstance(one, Mapping):
            raise ValueError("an entry is no object")
        if rota.escalation_policy is not None and one.get("escalation_level") != (rota.level or 1):
            continue
        entry = _entry(one)
        found.setdefault((entry.user, entry.from_at, entry.to_at), entry)
    return in_order(found.values())


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda one: (one.span, one.user)))


def merged(known: Sequence[Entry], answer: Sequence[Entry], now: datetime, *, doubted_before: bool) -> Merged:
    """What counts from now on. `doubted_before`: the last answer left the same doubt."""
    near = Span(now, now + NEAR)
    covered = union(one.span for one in answer)
    lost = [
        gap
        for span in union(_clipped(one.span, near) for one in known if _touch(one.span, near))
        for gap in gaps_between(covered, span)
    ]
    running = [_as_known(one, known, now) for one in answer]
    if not lost or doubted_before:
        return Merged(in_order(running), doubted=False)
    kept = [
        one._replace(from_at=part.from_at, to_at=part.to_at)
        for one in known
        for gap in lost
        if _touch(one.span, gap)
        for part in [_clipped(one.span, gap)]
    ]
    return Merged(in_order([*running, *kept]), doubted=True)


def with_rota(rotation: Rotation, kept: Kept | None, people: Iterable[Person]) -> Rotation:
    """The rotation as it was last read; as it is when that was another rota, or never."""
    if rotation.pagerduty is None:
        return rotation
    if kept is None or kept.of != rotation.pagerduty.source:
        return following(rotation, ())
    known = tuple(people)
    found = (FollowedShift(from_=one.from_at, to=one.to_at, person=person_of(one.user, one.mail, known),
                           user=one.user, name=one.name) for one in kept.entries)  # fmt: skip
    return following(rotation, found)


def person_of(user: str, mail: str | None, people: Iterable[Person]) -> str | None:
    """Who a user is here: by `pagerduty_user`, else by mail address; None for nobody, or for several."""
    known = tuple(people)
    by_user = next((one.id for one in known if one.pagerduty_user == user), None)
    if by_user is not None or not mail:
        return by_user
    by_mail = [one.id for one in known if one.email and one.email.lower() == mail.lower()]
    return by_mail[0] if len(by_mail) == 1 else None


def strangers(shifts: Iterable[FollowedShift], window: Span) -> Iterator[FollowedShift]:
    """The first shift in the window of each user who is nobody here."""
    seen: set[str] = set()
    for one in shifts:
        span = Span(one.from_ or FOR_EVER.from_at, one.to or FOR_EVER.to_at)
        if one.person is None and one.user not in seen and _touch(span, window):
            seen.add(one.user)
            yield one


def _entry(one: Mapping[str, Any]) -> Entry:
    user = one.get("user")
    if not isinstance(user, Mapping) or not isinstance(user.get("id"), str) or not user["id"]:
        raise ValueError("an entry names no user")
    name = user.get("name") or user.get("summary") or user["id"]
    mail = user.get("email")
    return Entry(_instant(one.get("start")), _instant(one.get("end")), user["id"], str(name), mail and str(mail))


def _instant(text: Any) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(str(text))
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return at.astimezone(UTC)


def _as_known(one: Entry, known: Iterable[Entry], now: datetime) -> Entry:
    """A shift that has begun keeps its begin, should the answer be cut to what was asked for."""
    for before in known:
        same = (before.user, before.to_at) == (one.user, one.to_at)
        if same and before.span.from_at <= one.span.from_at <= now:
            return one._replace(from_at=before.from_at)
    return one


def _touch(one: Span, other: Span) -> bool:
    return one.from_at < other.to_at and other.from_at < one.to_at


def _clipped(span: Span, inside: Span) -> Span:
    return Span(max(span.from_at, inside.from_at), min(span.to_at, inside.to_at))
