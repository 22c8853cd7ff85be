from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from oncall.spans import LONGEST, Span, format_span, parse_span


class Wait(BaseModel):
    wait: Span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0s", timedelta(0)),
        ("30s", timedelta(seconds=30)),
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
    ],
)
def test_a_span_is_a_whole_number_and_a_unit(text: str, span: timedelta) -> None:
    assert parse_span(text) == span
    assert Wait.model_validate({"wait": text}).model_dump(mode="json") == {"wait": format_span(span)}


@pytest.mark.parametrize(
    "written", ["5", "5 m", "m", "", "-5m", "1.5h", "5min", "1h30m", "٣m", "99999d", 5, None, True]
)
def test_anything_else_is_refused_with_an_example_of_what_to_write(written: object) -> None:
    with pytest.raises(ValidationError, match=r"allowed is 0s to|write it like 30s, 5m, 2h or 7d"):
        Wait.model_validate({"wait": written})


@given(st.integers(min_value=0, max_value=int(LONGEST.total_seconds())))
def test_what_is_written_reads_back_as_the_same_span(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_span(format_span(span)) == span
