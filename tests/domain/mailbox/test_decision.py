"""What happens to a mail that came in, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.mailbox.decision import (
    STORM,
    Append,
    Bounce,
    Ignore,
    Known,
    OpenTicket,
    Quarantine,
    Refuse,
    Reopen,
    Situation,
    decide,
)
from alerting.mailbox.received import Automatic, Received, Report, Verdict

MARTA = "marta@hotelsol.example"
OWN = frozenset({"guardia@itsafer.example", "soporte@itsafer.example"})
OPEN = Known("ITS-0000013", "hotel-sol", closed=False)
CLOSED = replace(OPEN, closed=True)
OTHERS = Known("ITS-0000026", "banco-norte", closed=False)
REPORTER = {"hotel-sol": ("reporter",)}
VIEWER = {"hotel-sol": ("viewer",)}


def mail(**told: Any) -> Received:
    return Received(**{"sender": MARTA, "message_id": "<1@hotelsol.example>", "text": "Sigue igual"} | told)


def now(**told: Any) -> Situation:
    return Situation(**{"own_addresses": OWN, "roles": REPORTER} | told)


CASES = [
    ("a contact writes for the first time", mail(), now(), OpenTicket("hotel-sol")),
    ("a contact answers with the token", mail(), now(by_token=OPEN), Append(OPEN.reference)),
    ("a contact names the ticket in the subject", mail(), now(by_subject=OPEN), Append(OPEN.reference)),
    ("the token and another reference: the token counts", mail(), now(by_token=OPEN, by_subject=OTHERS),
     Append(OPEN.reference)),
    ("an answer with the token to a closed ticket", mail(), now(by_token=CLOSED), Reopen(CLOSED.reference)),
    ("a closed ticket named in the subject, sender not proven", mail(), now(by_subject=CLOSED),
     OpenTicket("hotel-sol", earlier=CLOSED.reference)),
    ("a closed ticket named in the subject, our server vouches for the sender", mail(verdict="pass"),
     now(by_subject=CLOSED), Reopen(CLOSED.reference)),
    ("an answer to the closing mail faster than a person types", mail(),
     now(by_token=CLOSED, since_our_mail=timedelta(seconds=3)), Quarantine("too_fast")),
    ("an answer to the closing mail after a minute", mail(), now(by_token=CLOSED, since_our_mail=timedelta(minutes=1)),
     Reopen(CLOSED.reference)),
    ("somebody who may only read writes", mail(), now(roles=VIEWER), Refuse("only_reads")),
    ("somebody who may only read answers", mail(), now(roles=VIEWER, by_token=CLOSED), Refuse("only_reads")),
    ("a contact of two customers", mail(), now(roles={"hotel-sol": ("owner",), "banco-norte": ("activator",)}),
     Quarantine("several_customers")),
    ("a contact of two customers answers with the token", mail(),
     now(roles={"hotel-sol": ("owner",), "banco-norte": ("activator",)}, by_token=CLOSED), Reopen(CLOSED.reference)),
    ("a contact of two customers who may write for one", mail(),
     now(roles={"hotel-sol": ("viewer",), "banco-norte": ("activator",)}), OpenTicket("banco-norte")),
    ("another customer's reference is none", mail(), now(by_subject=OTHERS), OpenTicket("hotel-sol")),
    ("another customer's token", mail(), now(by_token=OTHERS), Quarantine("foreign_ticket")),
    ("nobody we know", mail(), now(roles={}), Quarantine("unknown_sender", "unknown_sender")),
    ("nobody we know with a reference", mail(), now(roles={}, by_subject=CLOSED),
     Quarantine("unknown_sender", "unknown_sender")),
    ("nobody we know with a token that was passed on", mail(), now(roles={}, by_token=OPEN),
     Quarantine("unknown_sender", "unknown_sender")),
    ("somebody who has left the customer answers", mail(), now(roles={}, former=True, by_token=CLOSED),
     Refuse("former_contact")),
    ("somebody who has left the customer writes", mail(), now(roles={}, former=True), Refuse("former_contact")),
    ("one of our own engineers", mail(), now(roles={}, staff=True), Quarantine("staff")),
    ("our own mail comes back", mail(sender="guardia@itsafer.example"), now(roles={}), Ignore("own_mail")),
    ("our own address with a token", mail(sender="soporte+abc@itsafer.example"), now(roles={}), Ignore("own_mail")),
    ("a mail that goes in circles", mail(hops=31), now(), Ignore("loop")),
    ("a forged sender", mail(verdict="fail"), now(by_token=CLOSED), Quarantine("forged")),
    ("no sender at all", mail(sender=""), now(roles={}), Quarantine("no_sender")),
    ("nothing that can be read", Received(readable=False), now(roles={}), Quarantine("unreadable")),
    ("the eleventh mail in ten minutes", mail(), now(by_token=OPEN, lately=STORM + 1), Quarantine("storm")),
    ("a mail that did not arrive", mail(report=Report("failed", "5.2.2", ("<a@b>",)), automatic="null_sender"), now(),
     Bounce("5.2.2", ("<a@b>",))),
    ("a mail that is late", mail(report=Report("delayed", "4.4.1", ())), now(), Ignore("report_delayed")),
    ("the customer's backup program reports by itself", mail(automatic="auto_generated"), now(),
     Quarantine("automatic")),
    ("a newsletter of nobody we know", mail(automatic="list"), now(roles={}), Ignore("automatic_list")),
    ("an absence notice to a closed ticket", mail(automatic="vacation"), now(by_token=CLOSED),
     Ignore("automatic_vacation")),
    ("a subject like an absence notice, to nothing of ours", mail(automatic="vacation"), now(),
     Quarantine("automatic")),
    ("an absence notice that names no ticket", mail(automatic="auto_replied"), now(), Ignore("automatic_auto_replied")),
    ("a machine's answer with our ids", mail(automatic="null_sender", references=("<x@y>",)), now(),
     Ignore("automatic_null_sender")),
]  # fmt: skip


@pytest.mark.parametrize(("received", "situation", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_happens_to_a_mail(received: Received, situation: Situation, expected: object) -> None:
    assert decide(received, situation) == expected


# One ticket is open or closed, however often a mail names it: both are read in one transaction.
NAMED = st.sampled_from([OPEN, CLOSED]).flatmap(lambda own: st.tuples(*[st.sampled_from([None, own, OTHERS])] * 2))
SITUATIONS = st.builds(
    lambda named, **told: Situation(by_token=named[0], by_subject=named[1], **told),
    NAMED,
    own_addresses=st.just(OWN),
    roles=st.dictionaries(
        st.sampled_from(["hotel-sol", "banco-norte"]),
        st.lists(st.sampled_from(["owner", "activator", "reporter", "viewer"]), max_size=2).map(tuple),
    ),
    former=st.booleans(),
    staff=st.booleans(),
    lately=st.integers(1, 20),
    since_our_mail=st.none() | st.timedeltas(timedelta(0), timedelta(hours=1)),
)
VERDICTS = st.none() | st.sampled_from(get_args(Verdict))


@given(situation=SITUATIONS, automatic=st.sampled_from(get_args(Automatic)), verdict=VERDICTS)
def test_a_machine_never_changes_a_ticket_and_is_never_answered(
    situation: Situation, automatic: Automatic, verdict: Verdict | None
) -> None:
    decision = decide(mail(automatic=automatic, verdict=verdict), situation)
    assert isinstance(decision, Ignore) or decision == Quarantine("automatic")


@given(situation=SITUATIONS, verdict=VERDICTS)
def test_only_an_authorised_contact_of_the_ticket_changes_it_and_only_a_proof_wakes_it(
    situation: Situation, verdict: Verdict | None
) -> None:
    decision = decide(mail(verdict=verdict), situation)
    if isinstance(decision, Append | Reopen):
        named = {one.reference: one for one in (situation.by_token, situation.by_subject) if one}
        ticket = named[decision.reference]
        assert set(situation.roles[ticket.customer_id]) & {"owner", "activator", "reporter"}
        assert isinstance(decision, Reopen) == ticket.closed
    if isinstance(decision, Reopen):
        assert verdict == "pass" or situation.by_token is not None
    if isinstance(decision, OpenTicket):
        assert set(situation.roles[decision.customer_id]) & {"owner", "activator", "reporter"}
