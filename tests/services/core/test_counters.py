"""References are counted without gap and never given twice."""

import threading
from contextlib import suppress

from core.counters import next_number, next_reference


class Undone(Exception):
    pass


def test_references_follow_each_other(database):
    with database.transaction() as session:
        assert [next_reference(session, "ITS") for _ in range(3)] == ["ITS-0000013", "ITS-0000021", "ITS-0000037"]
        assert next_reference(session, "ACME") == "ACME-0000013"


def test_a_number_that_was_not_used_is_given_again(database):
    with suppress(Undone), database.transaction() as session:
        next_number(session, "any")
        raise Undone
    with database.transaction() as session:
        assert next_number(session, "any") == 1


def test_activations_at_the_same_moment_get_different_references(database):
    taken = []

    def take():
        for _ in range(5):
            with database.transaction() as session:
                taken.append(next_number(session, "any"))

    takers = [threading.Thread(target=take) for _ in range(6)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(taken) == list(range(1, 31))
