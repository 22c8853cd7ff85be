"""How times, spans and numbers are written."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerting.catalog.schema import Customer
from alerting.web import formats
from alerting.web.assets import FOLDER
from alerting.web.availability import Availability, availability
from alerting.web.forms import text

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 10, 27, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 10, 27, 2, 12, 5, tzinfo=UTC), "03:12:05 (+01:00)"),
        (datetime(2026, 10, 26, 2, 12, 5, tzinfo=UTC), "26/10/2026 03:12:05 (+01:00)"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25/10/2026 02:30:00 (+02:00)"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25/10/2026 02:30:00 (+01:00)"),
    ],
)
def test_a_time_is_local_with_its_offset_so_the_hour_that_comes_twice_is_never_in_doubt(at, written):
    assert formats.clock(at, MADRID, NOW) == written


def test_a_time_in_a_sentence_names_the_day_when_it_is_not_today():
    at = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    assert formats.short_clock(NOW, MADRID, NOW, "es") == "03:00"
    assert formats.short_clock(at, MADRID, NOW, "es") == "lun 02/11 09:00"
    assert formats.short_clock(at, MADRID, NOW, "en") == "Mon 02/11 09:00"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0 s"), (45, "45 s"), (180, "3 min"), (185, "3 min 5 s"), (3600, "1 h"), (7505, "2 h 5 min"), (-5, "0 s")],
)
def test_a_span_is_written_without_what_is_nothing(seconds, written):
    assert formats.span(timedelta(seconds=seconds)) == written


@pytest.mark.parametrize(
    ("address", "shown"),
    [("+34600000001", "+34••••001"), ("ana@itsafer.example", "a•••@itsafer.example"), ("+346", "••••")],
)
def test_a_masked_address_can_be_told_apart_but_not_called(address, shown):
    assert formats.masked(address) == shown


def test_only_spanish_numbers_are_grouped_the_spanish_way():
    assert formats.grouped("+34910000000") == "+34 910 000 000"
    assert formats.grouped("+442071838750") == "+442071838750"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  uno\r\ndos\rtres  ", "uno\ndos\ntres"),
        ("a\x00b\x1b[31m\ud800c", "ab[31mc"),
        ("ñ€🙂 \u00a0x", "ñ€🙂 \u00a0x"),
        ("x" * 50, "x" * 20),
    ],
)
def test_what_is_typed_is_kept_as_far_as_it_can_be_stored(typed, kept):
    assert text(typed, 20) == kept


@pytest.mark.parametrize(
    ("contract", "kind", "accepts_real"),
    [
        ({"coverage": {"backup": "24x7"}}, "always", True),
        ({"coverage": {"backup": "business"}}, "open", True),
        ({"coverage": {"backup": "24x7"}, "status": "trial"}, "trial", False),
        ({"coverage": {}, "out_of_coverage": "deny"}, "out_of_coverage", False),
        ({"coverage": {}, "out_of_coverage": "allow"}, "allowed", True),
    ],
)
def test_beside_the_button_stands_what_pressing_it_would_do(contract, kind, accepts_real):
    plan = {"id": "erp", "name": "ERP", "component": "backup", "priority": "P1", "escalation_policy": "x"}
    customer = Customer.model_validate({"id": "sol", "name": "Sol", "contract": contract, "plans": [plan]})
    found = availability(customer, customer.plans[0], NOW, {})
    assert found == Availability(kind)
    assert found.accepts_real is accepts_real


# Colours: WCAG 2.2, 1.4.3 and 1.4.11.

TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "soft", "link", "alarm") for ground in ("page", "card")],
    *[("alarm-ink", "alarm"), ("card", "link"), ("good", "good-soft"), ("wait", "wait-soft"), ("alarm", "alarm-soft")],
    *[("ink", "alarm-soft"), ("ink", "good-soft")],
]
EDGE_PAIRS = [("edge", "card"), ("edge", "page"), ("focus", "page"), ("focus", "card")]


def palettes():
    css = (FOLDER / "guardia.css").read_text()
    found = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)
    ]
    light, dark, paper = found
    return [light, light | dark, light | paper, light | dark | paper]


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark", "paper", "paper from a dark screen"])
def test_text_and_edges_can_be_read_by_day_and_by_night(palette):
    for ink, ground in TEXT_PAIRS:
        assert contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)
    for edge, ground in EDGE_PAIRS:
        assert contrast(palette[edge], palette[ground]) >= 3, (edge, ground)
