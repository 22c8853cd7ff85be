"""Reading builds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerting.configuration import Configuration
from alerting.products.builds import Build, newer
from alerting.products.models import ProductBuildRow
from alerting.tickets.models import TicketRow


def builds(session: Session) -> list[Build]:
    """By product, the latest first."""
    rows = session.scalars(
        select(ProductBuildRow).order_by(
            ProductBuildRow.product_key, ProductBuildRow.released_on.desc(), ProductBuildRow.id.desc()
        )
    )
    return [Build(row.id, row.product, row.number, row.released_on, row.notes, row.url, row.initial) for row in rows]


def update_for(session: Session, config: Configuration, ticket: TicketRow, now: datetime) -> Build | None:
    """The build that the customer should install, to be shown as a hint (S-5.2); None for a ticket that is closed or
    names none, and whenever nobody can tell."""
    written = (ticket.intake or {}).get("product_build")
    if not written or ticket.state == "closed":
        return None
    return newer(written, builds(session), now.astimezone(config.provider.zone).date())
