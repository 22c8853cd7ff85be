"""Tables of configuration objects and of the version that every change bumps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, JSONColumn, UTCDateTime


class DocumentRow(Base):
    """One object of one section, in the shape of the file. Archived rows keep their body: the past refers to them."""

    __tablename__ = "documents"

    section: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONColumn)
    position: Mapped[int] = mapped_column(Integer)
    origin: Mapped[str] = mapped_column(String(10))
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(Integer)


class DocumentsVersion(Base):
    """A single row: processes keep parsed objects and reread them when this number has moved."""

    __tablename__ = "documents_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
