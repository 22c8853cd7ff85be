"""Names for things, and what a tired person may do to them."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.ids import (
    BASE62,
    damm_checks,
    damm_digit,
    format_reference,
    link_token,
    opaque_token,
    parse_reference,
    short,
    spoken_digits,
    ulid,
)

numbers = st.integers(min_value=1, max_value=99_999_999)


@given(numbers, st.data())
def test_one_wrong_digit_in_a_reference_is_always_noticed(number, data):
    digits = short(format_reference("ITS", number))
    place = data.draw(st.integers(0, len(digits) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    assert parse_reference(digits[:place] + wrong + digits[place + 1 :], "ITS") is None


@given(numbers, st.data())
def test_two_neighbouring_digits_swapped_are_always_noticed(number, data):
    digits = short(format_reference("ITS", number))
    place = data.draw(st.integers(0, len(digits) - 2))
    assume(digits[place] != digits[place + 1])
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert parse_reference(swapped, "ITS") is None


def test_the_check_digit_is_the_one_of_the_published_example():
    assert damm_digit("572") == "4"  # H. M. Damm's own example
    assert damm_checks("5724")
    assert not damm_checks("5274")


@given(numbers)
def test_a_reference_read_back_is_the_same_reference(number):
    reference = format_reference("ITS", number)
    assert parse_reference(reference, "ITS") == reference


@pytest.mark.parametrize(
    "typed",
    [
        "ITS-0048217",
        "its-0048217",
        "ITS0048217",
        " its 0048217 ",
        "0048217",
        "0 0 4 8 2 1 7",
        "[ITS-0048217]",
        "ITS–0048217",
        "its-００48217",
        "00048217",
    ],
)
def test_a_reference_is_recognised_as_people_write_it(typed):
    assert parse_reference(typed, "ITS") == "ITS-0048217"


@pytest.mark.parametrize(
    "typed", ["", "ITS", "47", "0048216", "ACME-0048217", "ITS-004821X", "0000000", "-", "9" * 70, "ITS-ITS-0048217"]
)
def test_what_is_not_a_reference_is_not_taken_for_one(typed):
    assert parse_reference(typed, "ITS") is None


def test_references_grow_when_a_million_is_reached():
    assert format_reference("ITS", 999_999).startswith("ITS-999999")
    assert len(short(format_reference("ITS", 1_000_000))) == 8
    with pytest.raises(ValueError, match="counts from 1"):
        format_reference("ITS", 0)


def test_a_reference_is_spoken_digit_by_digit():
    assert short("ITS-0048217") == "0048217"
    assert spoken_digits("ITS-0048217") == "0 0 4 8 2 1 7"


def test_ids_made_one_after_the_other_sort_in_that_order_even_when_the_clock_steps_back():
    made = [ulid(), ulid(), ulid(now_ms=1), ulid(now_ms=1), ulid()]
    assert made == sorted(made)
    assert len(set(made)) == 5
    assert {len(one) for one in made} == {26}


def test_an_id_begins_with_its_instant():
    last_instant_of_ulids = 2**48 - 1
    process = multiprocessing.get_context("spawn").Pool(1)
    with process as pool:  # in a process of its own: this far in the future, every later id would follow it
        assert pool.apply(ulid, (last_instant_of_ulids,)).startswith("7ZZZZZZZZZ")


def test_workers_forked_from_one_process_make_different_ids():
    # In a process of its own: a fork of one that has threads, as the test run has, may wait for ever for their locks.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        made = process.submit(_ids_of_two_forks).result()
    assert len(set(made)) == len(made) == 100


def _ids_of_two_forks() -> list[str]:
    ulid()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return [one for batch in pool.map(_some_ids, range(2), chunksize=1) for one in batch]


def _some_ids(_worker: int) -> list[str]:
    return [ulid(now_ms=1) for _ in range(50)]


def test_tokens_are_base62_of_the_length_asked_for():
    assert len(link_token()) == 12
    assert len(opaque_token(43)) == 43
    assert set(opaque_token(1000)) <= set(BASE62)
    assert opaque_token() != opaque_token()
