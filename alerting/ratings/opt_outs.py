"""Who wants no more surveys (S-4.2): asked neither by the mail of a closure nor by the yearly survey. The pages still
take their word when they give it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from alerting.ratings.models import SurveyOptOutRow
from alerting.work import Work
from core.audit.chain import LogActor
from core.upsert import Upsert

CHAIN = "surveys"
_table = cast(Table, SurveyOptOutRow.__table__)
# The button pressed twice at one moment is one wish.
_keep = Upsert(
    _table,
    lambda first: first.on_conflict_do_update(
        index_elements=[_table.c.address], set_={"at": first.excluded.at}
    ).returning(_table.c.address),
)


def opted_out(session: Session, addresses: Iterable[str]) -> frozenset[str]:
    """Which of these addresses, in lower case, are not to be asked."""
    asked = [address.lower() for address in addresses]
    found = session.scalars(select(SurveyOptOutRow.address).where(SurveyOptOutRow.address.in_(asked)))
    return frozenset(found)


def opt_out(work: Work, address: str, customer_id: str | None, actor: LogActor) -> None:
    """No more surveys to this address. Idempotent."""
    if not opted_out(work.session, [address]):
        _keep.run(work.session, address=address.lower(), at=work.now)
        work.record(CHAIN, "survey.opted_out", actor=actor, personal={"address": address.lower()}, about=customer_id)


def opt_in(work: Work, address: str, customer_id: str | None, actor: LogActor) -> None:
    """Ask them again. Idempotent."""
    if opted_out(work.session, [address]):
        work.session.execute(delete(SurveyOptOutRow).where(SurveyOptOutRow.address == address.lower()))
        work.record(CHAIN, "survey.opted_in", actor=actor, personal={"address": address.lower()}, about=customer_id)
