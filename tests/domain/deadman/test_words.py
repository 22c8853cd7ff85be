"""What the last resort reads and hears from the watchdog."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import pytest

from alerting.notifications import gsm7
from deadman import words
from deadman.decision import Outage
from deadman.words import Language

SINCE = datetime.fromisoformat("2026-10-27T03:12:00+01:00").timestamp()
ABOUT = {"name": "ITSAFER", "url": "https://guardia.itsafer.example", "timezone": "Europe/Madrid"}


@pytest.mark.parametrize("kind", ["page", "resolve", "test"])
@pytest.mark.parametrize("why", words.REASONS)
@pytest.mark.parametrize("language", get_args(Language))
def test_every_text_is_one_segment_of_an_sms(kind: str, why: str, language: Language) -> None:
    text = words.sms(kind, Outage(1, SINCE, why, ""), language=language, **ABOUT)
    assert gsm7.fold(text) == text
    assert len(text) < words.SEGMENT


def test_a_page_says_since_when_why_and_where() -> None:
    said = words.sms("page", Outage(1, SINCE, "clock", ""), language="es", **ABOUT)
    assert said == (
        "ITSAFER: el servicio de guardia NO AVISA A NADIE desde las 03:12: el reloj no avanza. "
        "Mirelo ya: guardia.itsafer.example"
    )


def test_a_call_says_it_in_english_too() -> None:
    said = words.spoken("page", Outage(1, SINCE, "silent", ""), language="en", **ABOUT)
    assert said.startswith("Urgent page from ITSAFER. The on-call service has been paging nobody since 03:12: it does")
