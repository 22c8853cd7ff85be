"""Whether what a customer wrote as the build is older than the current one (S-5.2)."""

from datetime import date

import pytest

from alerting.products.builds import Build, current, newer

TODAY = date(2026, 11, 23)
OLD = Build("1", "Copia", "12.1", date(2025, 3, 1))
FIRST = Build("2", "Copia", "13.0", date(2026, 9, 1), initial=True)
CURRENT = Build("3", "Copia", "12.3 P20260310", date(2026, 3, 10))
PATCHED = Build("4", "Copia", "12.1.2", date(2025, 8, 1))
TO_COME = Build("5", "Copia", "13.1", date(2026, 12, 1))
OTHER = Build("6", "Réplica", "12.1", date(2026, 1, 5))
BUILDS = [OLD, FIRST, CURRENT, PATCHED, TO_COME]


def test_the_current_build_is_the_latest_released_that_is_no_initial_release():
    assert current(BUILDS, "copia", TODAY) == CURRENT
    assert current(BUILDS, "Copia", date(2026, 12, 1)) == TO_COME
    assert current([FIRST], "Copia", TODAY) is None


@pytest.mark.parametrize(
    "written", ["12.1", "Copia 12.1", "copia  12.1.2", "v 12.1", "Copia 11.0.1", "Copia (12.2)", "COPIA build 12.1."]
)
def test_an_older_build_is_told_of_the_current_one(written):
    """S-5.2"""
    assert newer(written, BUILDS, TODAY) == CURRENT


@pytest.mark.parametrize("written", ["13.0", "Copia 13.0"])
def test_an_initial_release_is_told_nothing(written):
    """S-5.2"""
    assert newer(written, [*BUILDS, TO_COME], date(2026, 12, 24)) is None


def test_nobody_is_asked_to_install_an_initial_release():
    """S-5.2"""
    assert newer("Copia 12.3 P20260310", BUILDS, TODAY) is None


@pytest.mark.parametrize(
    "written",
    [None, "", "  ", "12.3 P20260310", "Copia 12.3 p20260310", "Copia 14.2", "13.1", "la última", "Copia", "112.1"],
)
def test_who_is_current_or_writes_what_nobody_can_read_is_told_nothing(written):
    assert newer(written, BUILDS, TODAY) is None


@pytest.mark.parametrize(
    ("written", "told"), [("12.1", None), ("Copia 12.1", CURRENT), ("Réplica 12.1", None), ("11.0", None)]
)
def test_a_number_that_two_products_have_says_nothing_without_the_product(written, told):
    assert newer(written, [*BUILDS, OTHER], TODAY) == told


def test_two_numbers_in_one_text_are_not_guessed_at():
    assert newer("Copia 11.0 sobre 22.04", BUILDS, TODAY) is None
