"""POST /api/v1/oncall/preview as the contract words it."""

import pytest
from pydantic import ValidationError

from oncall.preview import PreviewRequest, preview
from tests.domain.oncall.builders import madrid

WEEKLY = {
    "id": "w",
    "kind": "weekly",
    "every": 1,
    "anchor": "2026-01-05T09:00",
    "timezone": "Europe/Madrid",
    "participants": ["dora", "emil"],
}


def request(**keys: object) -> dict[str, object]:
    return {
        "schedule": {"id": "s", "timezone": "Europe/Madrid", "layers": [{"rotation": "w"}]},
        "rotations": [WEEKLY],
        "window": {"from": "2026-03-23T00:00", "to": "2026-04-06T09:00"},
    } | keys


def answer(**keys: object) -> object:
    return preview(PreviewRequest.model_validate(request(**keys))).model_dump(mode="json")


def test_the_answer_has_hand_offs_shifts_and_gaps_in_utc() -> None:
    assert answer() == {
        "handoffs": {"w": ["2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z"]},
        "shifts": [
            {"from": "2026-03-22T23:00:00Z", "to": "2026-03-23T08:00:00Z", "person": "dora", "source": "rotation:w"},
            {"from": "2026-03-23T08:00:00Z", "to": "2026-03-30T07:00:00Z", "person": "emil", "source": "rotation:w"},
            {"from": "2026-03-30T07:00:00Z", "to": "2026-04-06T07:00:00Z", "person": "dora", "source": "rotation:w"},
        ],
        "gaps": [],
    }


def test_absences_and_gaps_are_part_of_the_preview() -> None:
    away = {"person": "dora", "from": "2026-03-31T00:00", "to": "2026-04-01T00:00", "fill": "nobody"}
    shown = answer(absences=[away], window={"from": "2026-03-30T09:00", "to": "2026-04-06T09:00"})
    assert isinstance(shown, dict)
    assert shown["gaps"] == [{"from": "2026-03-30T22:00:00Z", "to": "2026-03-31T22:00:00Z"}]


def test_restrictions_to_holidays_find_the_calendar_in_the_request_or_among_those_known() -> None:
    layer = {"rotation": "w", "restrictions": [{"holidays_of": "madrid", "from": "00:00", "to": "24:00"}]}
    plan = {"id": "s", "timezone": "Europe/Madrid", "layers": [layer]}
    window = {"from": "2026-05-14T00:00", "to": "2026-05-17T00:00"}
    body = request(schedule=plan, window=window)
    holiday = [("2026-05-14T22:00:00Z", "2026-05-15T22:00:00Z")]
    sent = preview(PreviewRequest.model_validate(body | {"calendars": [madrid()]}))
    known = preview(PreviewRequest.model_validate(body), {"madrid": madrid()})
    for found in (sent, known):
        shifts = found.model_dump(mode="json")["shifts"]
        assert [(shift["from"], shift["to"]) for shift in shifts] == holiday


def test_an_empty_window_shows_nothing() -> None:
    window = {"from": "2026-03-23T00:00", "to": "2026-03-23T00:00"}
    assert answer(window=window) == {"handoffs": {"w": []}, "shifts": [], "gaps": []}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rotations": []}, "names the rotation 'w', which is not among rotations"),
        ({"rotations": [WEEKLY, WEEKLY]}, "the id 'w' stands here twice"),
        ({"window": {"from": "2026-03-23T00:00", "to": "2026-03-22T00:00"}}, "must run forward"),
        ({"window": {"from": "2026-01-01T00:00", "to": "2040-01-01T00:00"}}, "last 4020 days at most"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused_with_the_reason(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PreviewRequest.model_validate(request(**wrong))
