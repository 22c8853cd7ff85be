"""Builds of products, kept by managers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, UTCDateTime


class ProductBuildRow(Base):
    """`product_key` and `number_key` are the two in lower case: a build is entered once. `saved_by`: a person's id, or
    the address of a user who is nobody's."""

    __tablename__ = "product_builds"
    __table_args__ = (Index("uq_product_builds_build", "product_key", "number_key", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    product: Mapped[str] = mapped_column(String(100))
    product_key: Mapped[str] = mapped_column(String(100))
    number: Mapped[str] = mapped_column(String(60))
    number_key: Mapped[str] = mapped_column(String(60))
    released_on: Mapped[date] = mapped_column(Date)
    notes: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(String(500))
    initial: Mapped[bool] = mapped_column(Boolean)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by: Mapped[str] = mapped_column(String(254))
