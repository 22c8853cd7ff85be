"""The alphabet of text messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.notifications.gsm7 import Part, cut, fit, fold, segments, septets


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Restauración del ERP", "Restauracion del ERP"),
        ("éxito, ÉXITO, à è ç Ç ª º", "exito, EXITO, a e c C a o"),
        ("Peña Ñuñoa pingüino Ü ¿sí? ¡no!", "Peña Ñuñoa pingüino Ü ¿si? ¡no!"),
        ("n\u0303 u\u0308", "ñ ü"),
        ("«hola» “adiós” ‘uno’", '"hola" "adios" \'uno\''),
        ("1 – 2 — 3 … 4", "1 - 2 - 3 ... 4"),
        ("una\nlínea\tsola\u2028aquí", "una linea sola aqui"),
        ("a\u200bb\u202ec\u2066d\ufeffe\x00\x1bf", "abcdef"),
        ("漢字 👍", "?? ?"),
        ("50 €", "50 €"),
    ],
)
def test_text_is_folded_to_what_every_telephone_shows_alike(written: str, sent: str) -> None:
    assert fold(written) == sent


@given(st.text(min_size=79))
def test_folding_leaves_only_gsm7_and_folding_again_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert segments("x" + once[:79]) == 1  # 79 characters of two septets: in UCS-2 it would be two segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),
        ("ñ" * 160, 1),
        ("ó" * 70, 1),
        ("ó" * 71, 2),
        ("ó" * 134, 2),
        ("ó" * 135, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the euro's two septets do not straddle two parts: 152, then 2 + 151
    ],
)
def test_segments_are_counted_as_carriers_bill_them(text: str, parts: int) -> None:
    assert segments(text) == parts


def test_names_share_the_room_and_the_short_one_stays_whole() -> None:
    said = fit([Part("x" * 120), Part("Hotel Sol", shorten=True), Part(": "), Part("R" * 60, shorten=True)])
    assert said == "x" * 120 + "Hotel Sol: " + "R" * 28 + "."
    assert septets(said) == 160


def test_polite_words_go_before_a_name_becomes_unreadable() -> None:
    said = fit([Part("x" * 150), Part("Hotel Sol", shorten=True), Part(" Gracias.", rank=1)])
    assert said == "x" * 150 + "Hotel Sol"


def test_the_highest_rank_goes_first() -> None:
    said = fit([Part("x" * 155), Part(" dos", rank=2), Part(" uno", rank=1)])
    assert said == "x" * 155 + " uno"


def test_a_code_stays_whole_even_when_that_takes_a_second_segment() -> None:
    said = fit([Part("x" * 170), Part("Hotel Sol", shorten=True), Part(" 47A")])
    assert said == "x" * 170 + " 47A"


@given(st.text(), st.integers(min_value=0, max_value=40))
def test_a_cut_name_is_never_longer_than_its_room(text: str, room: int) -> None:
    assert septets(cut(fold(text), room)) <= room
