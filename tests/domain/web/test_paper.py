"""Reports on paper: every name can be printed, and the same report is the same file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.web.paper import Paragraph, Table, pdf, printable

AT = datetime(2026, 11, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Señor Núñez", "Señor Núñez"),
        ("Łódź", "?ódz"),
        ("9:00–18:00 …", "9:00-18:00 ..."),
        ("“5 €”", '"5 EUR"'),
        ("東", "?"),
    ],
)
def test_a_letter_that_is_not_there_is_written_as_near_as_can_be(written: str, printed: str) -> None:
    assert printable(written) == printed


@given(st.text())
def test_every_text_can_be_printed(text: str) -> None:
    assert max(map(ord, printable(text)), default=0) < 256


def test_the_same_report_is_the_same_file() -> None:
    parts = [Paragraph("Todo bien."), Table("Tiempos", ["Componente", "Minutos"], [["backup", "5"]] * 80)]
    first, second = (pdf("Cifras", parts, language="es", at=AT, footer="Itsafer") for _ in range(2))
    assert first == second
    assert first.startswith(b"%PDF-")
