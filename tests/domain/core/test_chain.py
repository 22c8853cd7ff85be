"""The hash chain: what anybody can tell from the entries alone."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from core.audit.chain import (
    GENESIS,
    SYSTEM,
    Head,
    LogActor,
    Personal,
    canonical,
    check,
    entry_hash,
    personal_digest,
    sealed,
    storable,
)
from core.audit.kinds import KINDS, UnknownKind, checked

AT = datetime(2026, 11, 23, 3, 0, 0, 123456, tzinfo=UTC)
ANA = LogActor("person", "ana")
STORY = [
    ("ticket.opened", SYSTEM, {"customer": "hotel-sol"}),
    ("attempt.planned", SYSTEM, {"person": "ana", "channel": "sms"}),
    ("page.acknowledged", ANA, {"via": "voice"}),
    ("contact.made", ANA, {"outcome": "reached"}),
]


def chain(story=STORY):
    return sealed(story, AT, after=0, prev_hash=GENESIS)


def problems(links, head=None, personal=None):
    head = head or Head("ITS-0048217", 4, chain()[-1].hash)
    beside = personal or {}
    return [f.problem for f in check("ITS-0048217", [(link, beside.get(link.seq)) for link in links], head)]


def test_the_hash_is_what_the_published_rule_says_so_that_anybody_can_verify_it():
    entry = {
        "actor": {"id": "ana", "type": "person"},
        "at": "2026-11-23T03:00:00.123456Z",
        "data": {"a": 1, "ñ": "ó"},
        "kind": "page.acknowledged",
        "seq": 1,
    }
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    expected = hashlib.sha256(("0" * 64 + canonical).encode()).hexdigest()
    assert entry_hash(GENESIS, 1, AT, "page.acknowledged", ANA.as_json(), {"ñ": "ó", "a": 1}) == expected


def test_the_same_instant_in_another_zone_gives_the_same_hash():
    madrid = AT.astimezone(timezone(timedelta(hours=1)))
    assert sealed(STORY, madrid, after=0, prev_hash=GENESIS)[-1].hash == chain()[-1].hash


def test_an_untouched_chain_has_no_findings():
    assert problems(chain()) == []


def test_a_chain_may_be_written_in_several_pieces():
    first = sealed(STORY[:2], AT, after=0, prev_hash=GENESIS)
    second = sealed(STORY[2:], AT, after=2, prev_hash=first[-1].hash)
    assert first + second == chain()


@pytest.mark.parametrize("field", ["at", "kind", "actor", "data"])
def test_a_changed_entry_shows_whatever_was_changed_in_it(field):
    links = chain()
    other = {"at": AT + timedelta(microseconds=1), "kind": "page.declined", "actor": {}, "data": {"via": "sms"}}
    links[2] = replace(links[2], **{field: other[field]})
    assert problems(links) == ["changed"]


def test_a_changed_entry_with_a_hash_made_anew_breaks_the_link_of_the_next():
    links = chain()
    links[1] = sealed([("attempt.planned", SYSTEM, {"person": "borja"})], AT, after=1, prev_hash=links[0].hash)[0]
    assert problems(links) == ["broken_link"]


def test_a_deleted_entry_shows():
    links = chain()
    del links[1]
    assert problems(links) == ["missing"]


def test_two_swapped_entries_show():
    links = chain()
    links[1], links[2] = replace(links[2], seq=2), replace(links[1], seq=3)
    assert "changed" in problems(links)
    assert "broken_link" in problems(links)


def test_an_entry_put_in_between_shows():
    links = chain()
    extra = sealed([("page.declined", ANA, {})], AT, after=2, prev_hash=links[1].hash)
    shifted = [replace(link, seq=link.seq + 1) for link in links[2:]]
    assert set(problems(links[:2] + extra + shifted)) >= {"changed", "broken_link"}


def test_a_shortened_chain_shows_by_its_head():
    assert problems(chain()[:3]) == ["truncated"]
    assert problems([]) == ["truncated"]


def test_an_entry_added_behind_the_head_shows():
    links = chain()
    extra = sealed([("page.declined", ANA, {})], AT, after=4, prev_hash=links[-1].hash)
    assert problems(links + extra) == ["unaccounted"]


def test_a_last_entry_written_anew_shows_by_its_head():
    links = chain()
    links[3] = sealed([("contact.made", ANA, {"outcome": "busy"})], AT, after=3, prev_hash=links[2].hash)[0]
    assert problems(links) == ["head_changed"]


def test_a_chain_without_a_head_shows():
    assert [f.problem for f in check("x", [(link, None) for link in chain()], None)] == ["head_missing"]


@given(st.integers(0, 3), st.sampled_from(["seq", "kind", "prev_hash", "hash"]), st.data())
def test_any_single_change_of_any_entry_shows(place, field, data):
    links = chain()
    other = {
        "seq": st.integers(1, 9).filter(lambda seq: seq != links[place].seq),
        "kind": st.sampled_from(sorted(KINDS - {links[place].kind})),
        "prev_hash": st.just("f" * 64),
        "hash": st.just("e" * 64),
    }
    links[place] = replace(links[place], **{field: data.draw(other[field])})
    assert problems(sorted(links, key=lambda link: link.seq))


def test_personal_values_are_vouched_for_by_their_salted_digest():
    values, salt = {"phone": "+34611000001"}, "00" * 16
    story = [("reply.received", SYSTEM, {"personal": personal_digest(salt, values)})]
    links = chain(story)
    head = Head("x", 1, links[0].hash)
    assert problems(links, head, {1: Personal(salt, values)}) == []
    assert problems(links, head, {1: Personal(salt, {"phone": "+34611000002"})}) == ["personal_changed"]
    assert problems(links, head, {1: Personal(None, None, erased=True)}) == []
    assert problems(links, head, {1: Personal(None, None)}) == ["personal_changed"]
    assert problems(links, head) == ["personal_missing"]


def test_personal_values_that_no_entry_vouches_for_show():
    assert problems(chain(), personal={2: Personal("00", {"phone": "x"})}) == ["personal_unexpected"]


class Channel(StrEnum):
    SMS = "sms"


def test_what_is_logged_is_turned_into_json_that_every_database_keeps():
    given = {"at": AT, "channel": Channel.SMS, "people": ("ana", "borja"), "said": "a\x00b\ud800c", 7: None, "on": True}
    assert storable(given) == {
        "at": "2026-11-23T03:00:00.123456Z",
        "channel": "sms",
        "people": ["ana", "borja"],
        "said": "a\ufffdb\ufffdc",
        "7": None,
        "on": True,
    }


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), object(), b"bytes", timedelta(seconds=1)])
def test_what_json_cannot_say_exactly_is_refused(value):
    with pytest.raises(TypeError, match="cannot log"):
        storable({"value": value})


def test_a_kind_that_nobody_reads_cannot_be_logged():
    with pytest.raises(UnknownKind, match=r"page\.acknowledged"):
        checked("page.acknowleged")


def test_the_kinds_of_the_contract_are_all_there():
    for kind in ("ticket.reopened", "activation.journalled", "attempt.reconciled", "last_resort.paged", "sla.breached"):
        assert checked(kind) == kind


PLAIN_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN_JSON | st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)))
def test_the_canonical_bytes_are_those_of_rfc_8785_whichever_way_they_are_written(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        with pytest.raises(type(error)):
            canonical(value)
    else:
        assert canonical(value) == expected
