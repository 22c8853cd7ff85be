"""The log in a real database: it keeps, it refuses to be changed, and it tells when somebody did all the same."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.audit import log
from core.audit.chain import SYSTEM, Entry, Head, LogActor

AT = datetime(2026, 11, 23, 3, 0, 0, 123456, tzinfo=UTC)
ANA = LogActor("person", "ana")
CLARA = LogActor("person", "clara")
TICKET = "ITS-0048217"
OTHER = "ITS-0048225"
SMS = Entry("reply.received", ANA, {"channel": "sms"}, personal={"from": "+34600000001", "said": "47A ñ"}, about="ana")


class Undone(Exception):
    pass


@pytest.fixture
def written(database):
    """A chain of five entries written in two transactions, and one of another ticket."""
    with database.transaction() as session:
        log.append(session, TICKET, AT, [Entry("ticket.opened"), Entry("attempt.planned", SYSTEM, {"person": "ana"})])
        log.append(session, OTHER, AT, [Entry("ticket.opened")])
    with database.transaction() as session:
        later = AT + timedelta(minutes=1)
        log.append(session, TICKET, later, [SMS, Entry("page.acknowledged", ANA, {"via": "sms", "rate": 0.25})])
        log.append(session, TICKET, later, [Entry("contact.made", ANA, {"outcome": "reached"})])
    return database


def findings(database, subject=None):
    with database.reading() as session:
        return [(f.subject, f.seq, f.problem) for f in log.verify(session, subject)]


def tamper(database, *statements, **values):
    """What somebody with the database administrator's password would do: triggers off first."""
    with database.transaction() as session:
        if database.engine.dialect.name == "sqlite":
            for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f"DROP TRIGGER {name}"))
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement), values)


def test_what_was_logged_reads_back_in_order_and_verifies(written):
    """S-F.2"""
    with written.reading() as session:
        entries = log.read(session, TICKET)
    assert [(e.link.seq, e.link.kind) for e in entries] == [
        (1, "ticket.opened"),
        (2, "attempt.planned"),
        (3, "reply.received"),
        (4, "page.acknowledged"),
        (5, "contact.made"),
    ]
    assert entries[0].link.at == AT
    assert entries[1].link.data == {"person": "ana"}
    assert entries[2].personal == {"from": "+34600000001", "said": "47A ñ"}
    assert "+34600000001" not in str(entries[2].link)
    assert findings(written) == []


def test_an_append_says_which_numbers_it_took(database):
    with database.transaction() as session:
        assert log.append(session, TICKET, AT, [Entry("ticket.opened")] * 2) == range(1, 3)
        assert log.append(session, TICKET, AT, [Entry("ticket.updated")]) == range(3, 4)
        assert list(log.append(session, TICKET, AT, [])) == []


def test_entries_can_be_read_page_by_page(written):
    with written.reading() as session:
        assert [e.link.seq for e in log.read(session, TICKET, after=2, limit=2)] == [3, 4]


def test_numbers_go_on_when_the_wall_clock_steps_back(written):
    with written.transaction() as session:
        log.append(session, TICKET, AT - timedelta(hours=1), [Entry("ticket.updated", ANA)])
    with written.reading() as session:
        last = log.read(session, TICKET)[-1].link
    assert (last.seq, last.at) == (6, AT - timedelta(hours=1))
    assert findings(written) == []


def test_what_is_rolled_back_was_never_logged(written):
    with suppress(Undone), written.transaction() as session:
        log.append(session, TICKET, AT, [Entry("ticket.closed", ANA)])
        raise Undone
    with written.transaction() as session:
        assert log.append(session, TICKET, AT, [Entry("ticket.updated", ANA)]) == range(6, 7)
    assert findings(written) == []


def test_a_transaction_may_roll_back_a_part_of_what_it_logged(written):
    with written.transaction() as session:
        with suppress(Undone), session.begin_nested():
            log.append(session, TICKET, AT, [Entry("ticket.closed", ANA)])
            raise Undone
        log.append(session, TICKET, AT, [Entry("ticket.updated", ANA)])
    assert findings(written) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entries SET kind = 'page.declined' WHERE seq = 4",
        "DELETE FROM log_entries WHERE seq = 5",
        "DELETE FROM log_entries",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(written, statement):
    """S-F.2"""
    with pytest.raises(DBAPIError, match="append-only"), written.transaction() as session:
        session.execute(text(statement))


def test_the_database_itself_refuses_to_empty_or_replace_the_log(written):
    statement = (
        "INSERT OR REPLACE INTO log_entries SELECT * FROM log_entries WHERE seq = 4"
        if written.engine.dialect.name == "sqlite"
        else "TRUNCATE log_entries CASCADE"
    )
    with pytest.raises(DBAPIError, match="append-only"), written.transaction() as session:
        session.execute(text(statement))


def test_a_changed_entry_is_found(written):
    """S-F.2"""
    tamper(written, "UPDATE log_entries SET kind = 'page.declined' WHERE subject = :t AND seq = 4", t=TICKET)
    assert findings(written) == [(TICKET, 4, "changed")]


def test_a_deleted_entry_is_found(written):
    """S-F.2"""
    tamper(written, "DELETE FROM log_entries WHERE subject = :t AND seq = 2", t=TICKET)
    assert findings(written) == [(TICKET, 2, "missing")]


def test_an_inserted_entry_is_found(written):
    tamper(
        written,
        "INSERT INTO log_entries (subject, seq, at, kind, actor, data, prev_hash, hash) "
        "SELECT subject, 6, at, kind, actor, data, prev_hash, hash FROM log_entries WHERE subject = :t AND seq = 5",
        t=TICKET,
    )
    assert (TICKET, 6, "changed") in findings(written)
    assert (TICKET, 6, "unaccounted") in findings(written)


def test_two_swapped_entries_are_found(written):
    swap = "UPDATE log_entries SET seq = :{} WHERE subject = :t AND seq = :{}"
    tamper(written, swap.format("z", "a"), swap.format("a", "b"), swap.format("b", "z"), t=TICKET, a=4, b=5, z=99)
    assert {problem for _, _, problem in findings(written)} == {"changed", "broken_link", "head_changed"}


def test_a_truncated_log_is_found_for_one_chain_and_for_all(written):
    tamper(written, "DELETE FROM log_entries WHERE subject = :t AND seq > 3", t=TICKET)
    assert findings(written) == [(TICKET, 4, "truncated")]
    tamper(written, "DELETE FROM log_personal", "DELETE FROM log_entries")
    assert findings(written) == [(TICKET, 1, "truncated"), (OTHER, 1, "truncated")]
    assert findings(written, OTHER) == [(OTHER, 1, "truncated")]


def test_a_deleted_head_is_found(written):
    tamper(written, "DELETE FROM log_heads WHERE subject = :t", t=TICKET)
    assert findings(written) == [(TICKET, 5, "head_missing")]


def test_a_log_that_was_removed_together_with_its_head_is_found_by_the_anchor_kept_elsewhere(written):
    with written.reading() as session:
        anchors = log.heads(session)
        assert log.missing_anchors(session, anchors) == []
    assert [(a.subject, a.seq) for a in anchors] == [(TICKET, 5), (OTHER, 1)]
    tamper(written, *(f"DELETE FROM {t} WHERE subject = :o" for t in ("log_entries", "log_heads")), o=OTHER)
    with written.reading() as session:
        assert log.verify(session) == []
        assert [(f.subject, f.seq) for f in log.missing_anchors(session, anchors)] == [(OTHER, 1)]
        assert log.missing_anchors(session, [Head(TICKET, 5, "0" * 64)])


def test_a_changed_personal_value_is_found(written):
    value = '{"from": "+34600000002", "said": "47A"}'
    json = ":v" if written.engine.dialect.name == "sqlite" else "CAST(:v AS JSONB)"
    tamper(written, f"UPDATE log_personal SET personal_values = {json}", v=value)
    assert findings(written) == [(TICKET, 3, "personal_changed")]


def test_a_removed_personal_value_is_found(written):
    tamper(written, "DELETE FROM log_personal")
    assert findings(written) == [(TICKET, 3, "personal_missing")]


def test_erasing_somebody_leaves_no_trace_of_the_values_and_a_chain_that_verifies(written):
    with written.transaction() as session:
        assert log.erase_personal(session, "ana", AT, CLARA) == 1
        assert log.erase_personal(session, "ana", AT, CLARA) == 0
    with written.reading() as session:
        entries = log.read(session, TICKET)
        left = session.execute(text("SELECT salt, personal_values FROM log_personal")).all()
    assert entries[2].personal is None
    assert left == [(None, None)]
    assert entries[-1].link.kind == "personal_data.erased"
    assert entries[-1].link.data == {"entries": [3]}
    assert findings(written) == []


def test_blocked_values_are_kept_and_shown_to_nobody(written):
    with written.transaction() as session:
        assert log.block_personal(session, "ana", AT, CLARA) == 1
    with written.reading() as session:
        entries = log.read(session, TICKET)
    assert entries[2].personal is None
    assert entries[-1].link.kind == "personal_data.blocked"
    assert findings(written) == []


def test_personal_values_do_not_get_into_the_chain_by_mistake(database):
    with pytest.raises(ValueError, match="personal"), database.transaction() as session:
        log.append(session, TICKET, AT, [Entry("reply.received", ANA, {"personal": "+34600000001"})])


def test_many_writers_at_once_write_one_chain_without_gap_or_fork(database):
    failures = []

    def write():
        try:
            for _ in range(5):
                with database.transaction() as session:
                    log.append(session, TICKET, AT, [Entry("attempt.status"), Entry("reply.received", ANA)])
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    with database.reading() as session:
        assert [e.link.seq for e in log.read(session, TICKET)] == list(range(1, 61))
    assert findings(database) == []
