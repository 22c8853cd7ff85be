"""PagerDuty's rota as ours: what of an answer is believed, who its users are, and whose turn that makes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.pagerduty import rotas
from alerting.pagerduty.rotas import Entry, Kept
from oncall.absence import Out
from oncall.pieces import Span, gaps_between, spans_of, union
from oncall.preview import PreviewRequest, preview
from oncall.resolve import who_is_on_call
from oncall.rotation import pieces
from oncall.schedule import final_shifts, gaps
from oncall.schema import FollowedRotation, FollowedShift, PagerDutyRota, Person, Rotation, Schedule

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA = Person(id="ana", name="Ana García", email="ana@itsafer.example", pagerduty_user="PABC123")
BORJA = Person(id="borja", name="Borja Ruiz", email="Borja@itsafer.example")
SCHEDULE = PagerDutyRota(schedule="PSCH001")
ROTATION = Rotation(id="pd", kind="pagerduty", timezone="Europe/Madrid", pagerduty=SCHEDULE)


def entry(user: str, from_hours: float | None, to_hours: float | None, mail: str | None = None) -> Entry:
    def at(hours: float | None) -> datetime | None:
        return None if hours is None else NOW + hours * HOUR

    return Entry(at(from_hours), at(to_hours), user, user.title(), mail)


def oncall(user: str, start: str | None, end: str | None, **more: Any) -> dict[str, Any]:
    whole = {"id": user, "type": "user", "summary": "Ana García", "email": "ana@itsafer.example"}
    return {"user": whole, "escalation_level": 1, "start": start, "end": end} | more


def followed(*entries: Entry) -> Rotation:
    return rotas.with_rota(ROTATION, Kept(of=SCHEDULE.source, entries=rotas.in_order(entries)), (ANA, BORJA))


def followed_by(rotation: Rotation) -> tuple[FollowedShift, ...]:
    assert isinstance(rotation, FollowedRotation)
    return rotation.followed


def shown(rotation: Rotation, *out: Out, hours: float = 72) -> list[tuple[str, float, float, str]]:
    window = Span(NOW, NOW + hours * HOUR)
    return [
        (one.person, (one.from_at - NOW) / HOUR, (one.to_at - NOW) / HOUR, one.cause.source)
        for one in pieces(rotation, window, out)
    ]


# --- what is read


def test_an_entry_is_read_once_though_two_policies_name_the_schedule() -> None:
    twice = [oncall("PABC123", "2026-11-30T09:00:00+01:00", None, escalation_policy={"id": one}) for one in "AB"]
    (read,) = rotas.read(twice, SCHEDULE)
    assert (read.from_at, read.to_at) == (datetime(2026, 11, 30, 8, 0, tzinfo=UTC), None)
    assert (read.user, read.name, read.mail) == ("PABC123", "Ana García", "ana@itsafer.example")


def test_of_a_policy_only_its_level_counts() -> None:
    first, second = oncall("PABC123", None, None), oncall("PBOR456", None, None, escalation_level=2)
    level_two = PagerDutyRota(escalation_policy="PESC001", level=2)
    assert [one.user for one in rotas.read([first, second], level_two)] == ["PBOR456"]


@pytest.mark.parametrize(
    "broken", [None, {}, {"user": {}}, oncall("", None, None), oncall("PABC123", "soon", None),
               oncall("PABC123", "2026-11-30T09:00:00", None)],
)  # fmt: skip
def test_half_an_answer_takes_nobody_off_call(broken: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        rotas.read([broken], SCHEDULE)


def test_the_question_is_the_same_all_day_and_within_what_pagerduty_answers_for() -> None:
    first, later = rotas.asked(NOW), rotas.asked(NOW + 8 * HOUR)
    assert first.to_at == later.to_at
    assert timedelta(days=88) <= first.to_at - first.from_at <= timedelta(days=90)


# --- what of it is believed


def test_another_person_is_believed_at_once() -> None:
    found = rotas.merged([entry("PA", -1, 10)], [entry("PB", -1, 10)], NOW, doubted_before=False)
    assert found == ((entry("PB", -1, 10),), False)


def test_that_nobody_is_on_call_within_a_day_is_believed_when_it_is_said_twice() -> None:
    known = [entry("PA", -1, 10), entry("PB", 10, 60)]
    once = rotas.merged(known, [entry("PB", 30, 60)], NOW, doubted_before=False)
    assert once == ((entry("PA", 0, 10), entry("PB", 10, 24), entry("PB", 30, 60)), True)
    twice = rotas.merged(once.entries, [entry("PB", 30, 60)], NOW, doubted_before=True)
    assert twice == ((entry("PB", 30, 60),), False)


def test_a_hole_further_away_is_believed_at_once() -> None:
    found = rotas.merged([entry("PA", -1, 90)], [entry("PA", -1, 30)], NOW, doubted_before=False)
    assert found == ((entry("PA", -1, 30),), False)


def test_a_shift_that_has_begun_keeps_its_begin_when_the_answer_is_cut() -> None:
    found = rotas.merged([entry("PA", -5, 10)], [entry("PA", 0, 10)], NOW, doubted_before=False)
    assert found == ((entry("PA", -5, 10),), False)


entries = st.lists(
    st.builds(
        lambda user, start, length: entry(user, start, start + length),
        st.sampled_from(["PA", "PB", "PC"]), st.integers(-30, 60), st.integers(1, 40),
    ), max_size=6,
)  # fmt: skip


@given(known=entries, answer=entries)
def test_one_answer_never_uncovers_the_next_day(known: list[Entry], answer: list[Entry]) -> None:
    near = Span(NOW, NOW + rotas.NEAR)
    found = rotas.merged(known, answer, NOW, doubted_before=False)
    before, after = union(one.span for one in known), union(one.span for one in found.entries)
    for hole in gaps_between(after, near):
        assert gaps_between(before, hole) == (hole,), "what was covered is covered still"
    assert rotas.merged(found.entries, answer, NOW, doubted_before=found.doubted).doubted is False


# --- whose turn that makes it


def test_users_are_known_by_their_id_and_by_their_mail() -> None:
    people = (ANA, BORJA)
    assert rotas.person_of("PABC123", None, people) == "ana"
    assert rotas.person_of("PXYZ", "borja@ITSAFER.example", people) == "borja"
    assert rotas.person_of("PXYZ", "nobody@itsafer.example", people) is None
    assert rotas.person_of("PXYZ", BORJA.email, (BORJA, BORJA.model_copy(update={"id": "b2"}))) is None


def test_whoever_is_on_call_there_is_on_call_here() -> None:
    rotation = followed(entry("PABC123", -2, 8), entry("PBOR456", 8, 20, BORJA.email))
    assert shown(rotation) == [("ana", -2, 8, "pagerduty-rota:pd"), ("borja", 8, 20, "pagerduty-rota:pd")]


def test_a_user_who_is_nobody_here_leaves_a_gap_that_the_layer_below_fills() -> None:
    rotation = followed(entry("PABC123", 0, 8), entry("PEXT999", 8, 16), entry("PABC123", 16, 24))
    assert [one[:3] for one in shown(rotation)] == [("ana", 0, 8), ("ana", 16, 24)]
    own = Rotation.model_validate(
        {"id": "own", "kind": "daily", "timezone": "Europe/Madrid", "anchor": "2026-01-05T09:00",
         "participants": ["borja"]}
    )  # fmt: skip
    schedule = Schedule.model_validate(
        {"id": "s", "timezone": "Europe/Madrid", "layers": [{"rotation": "own"}, {"rotation": "pd"}]}
    )
    rotations = {"own": own, "pd": rotation}
    found = final_shifts(schedule, rotations, (), NOW, NOW + 24 * HOUR)
    assert [one.person for one in found] == ["ana", "borja", "ana"]
    (stranger,) = rotas.strangers(followed_by(rotation), Span(NOW, NOW + 24 * HOUR))
    assert (stranger.user, stranger.from_) == ("PEXT999", NOW + 8 * HOUR)


def test_an_absence_is_filled_by_whoever_comes_next_there() -> None:
    rotation = followed(entry("PABC123", 0, 8), entry("PBOR456", 8, 16, BORJA.email))
    out = Out(NOW + 2 * HOUR, NOW + 4 * HOUR, "ana", "next")
    assert shown(rotation, out)[:3] == [
        ("ana", 0, 2, "pagerduty-rota:pd"), ("borja", 2, 4, "absence-fill:pd"), ("ana", 4, 8, "pagerduty-rota:pd")
    ]  # fmt: skip


def test_two_at_once_are_both_on_call_and_nobody_twice() -> None:
    both = followed(entry("PABC123", 0, 8), entry("PABC123", 4, 10), entry("PBOR456", 0, 8, BORJA.email))
    assert sorted(one[:3] for one in shown(both)) == [("ana", 0, 8), ("ana", 8, 10), ("borja", 0, 8)]


def test_somebody_who_is_always_on_call_is_so_at_any_instant() -> None:
    schedule = Schedule.model_validate({"id": "s", "timezone": "Europe/Madrid", "layers": [{"rotation": "pd"}]})
    (one,) = who_is_on_call(schedule, {"pd": followed(entry("PABC123", None, None))}, (), NOW)
    assert one.person_id == "ana"
    assert gaps(schedule, {"pd": followed(entry("PABC123", None, None))}, (), NOW, NOW + 9000 * HOUR) == ()


def test_a_rotation_that_follows_another_rota_begins_without_shifts() -> None:
    moved = ROTATION.model_copy(update={"pagerduty": PagerDutyRota(schedule="PSCH002")})
    kept = Kept(of=SCHEDULE.source, entries=(entry("PABC123", None, None),))
    assert shown(rotas.with_rota(moved, kept, (ANA,))) == []


def test_a_preview_shows_what_was_read_for_the_same_rota() -> None:
    request = PreviewRequest.model_validate(
        {
            "schedule": {"id": "s", "timezone": "Europe/Madrid", "layers": [{"rotation": "mine"}]},
            "rotations": [ROTATION.model_copy(update={"id": "mine"}).model_dump(mode="json", exclude_none=True)],
            "window": {"from": "2026-11-30T09:00Z", "to": "2026-11-30T19:00Z"},
        }
    )
    answer = preview(request, None, [followed(entry("PABC123", 0, 8))])
    assert [(one.person, one.source) for one in answer.shifts] == [("ana", "pagerduty-rota:mine")]
    assert len(answer.gaps) == 1
    assert preview(request).shifts == ()


@given(read=entries)
def test_pieces_of_one_person_never_overlap(read: list[Entry]) -> None:
    people = [Person(id=one.lower(), name=one, pagerduty_user=one) for one in ("PA", "PB", "PC")]
    kept = Kept(of=SCHEDULE.source, entries=rotas.in_order(read))
    found = list(pieces(rotas.with_rota(ROTATION, kept, people), Span(NOW - 90 * HOUR, NOW + 90 * HOUR)))
    for person in people:
        own = sorted(one for one in found if one.person == person.id)
        assert all(one.to_at <= other.from_at for one, other in pairwise(own))
        wanted = union(one.span for one in read if one.user.lower() == person.id)
        assert spans_of(own) == wanted


# --- how it is written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({}, "either a schedule or an escalation_policy"),
        ({"schedule": "PSCH001", "escalation_policy": "PESC001"}, "write one of them, not both"),
        ({"schedule": "PSCH001", "level": 2}, "a schedule has none"),
    ],
)
def test_a_rota_that_cannot_be_meant_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PagerDutyRota.model_validate(written)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "pagerduty"}, "has no pagerduty; add pagerduty"),
        ({"kind": "pagerduty", "pagerduty": {"schedule": "PSCH001"}, "participants": ["ana"]}, "takes no participants"),
        ({"kind": "pagerduty", "pagerduty": {"schedule": "PSCH001"}, "every": 2}, "change it in PagerDuty"),
        ({"kind": "daily", "anchor": "2026-01-05T09:00", "participants": ["ana"], "pagerduty": {"schedule": "PSCH001"}},
         "takes no pagerduty; remove it or use pagerduty"),
    ],
)  # fmt: skip
def test_keys_of_another_kind_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Rotation.model_validate({"id": "pd", "timezone": "Europe/Madrid"} | more)
