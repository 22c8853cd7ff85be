"""What a PDF says."""

from __future__ import annotations

import io

from pypdf import PdfReader


def words_of(file: bytes) -> str:
    """Its text in the order of reading, pages one after the other, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages).split())
