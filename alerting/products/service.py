"""Enter a build, change it, take it out."""

from __future__ import annotations

import logging
from datetime import date

from sqlalchemy import delete, select

from alerting.products.models import ProductBuildRow
from alerting.work import Work
from core.ids import ulid

log = logging.getLogger(__name__)


def save(
    work: Work, product: str, number: str, released_on: date, notes: str | None, url: str | None, initial: bool, by: str
) -> bool:
    """Whether the build is new; entered again it is changed. A product is spelled as it was first."""
    product_key, number_key = product.casefold(), number.casefold()
    known = list(
        work.session.scalars(
            select(ProductBuildRow).where(ProductBuildRow.product_key == product_key).order_by(ProductBuildRow.id)
        )
    )
    row = next((one for one in known if one.number_key == number_key), None)
    made = row is None
    if row is None:
        spelled = known[0].product if known else product
        row = ProductBuildRow(id=ulid(), product=spelled, product_key=product_key, number=number, number_key=number_key)
        work.session.add(row)
    row.released_on, row.notes, row.url, row.initial = released_on, notes, url, initial
    row.saved_at, row.saved_by = work.now, by
    work.session.flush()
    log.info("build %s of %s saved by %s", number, row.product, by)
    return made


def remove(work: Work, build_id: str, by: str) -> bool:
    """False when it is gone already."""
    gone = work.session.execute(delete(ProductBuildRow).where(ProductBuildRow.id == build_id))
    log.info("build %s removed by %s", build_id, by)
    return bool(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult
