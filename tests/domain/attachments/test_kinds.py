"""What a file is, by its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.attachments import kinds
from alerting.attachments.kinds import GIF, GZIP, JPEG, PDF, PNG, SEVEN_ZIP, WEBP, ZIP, FileKind, is_text, of_head


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", PNG),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", JPEG),
        (b"GIF89a=/*", GIF),
        (b"RIFF\x10\0\0\0WEBPVP8 ", WEBP),
        (b"%PDF-1.7\n", PDF),
        (b"PK\x03\x04\x14\0", ZIP),
        (b"\x1f\x8b\x08\0", GZIP),
        (b"7z\xbc\xaf\x27\x1c\0\4", SEVEN_ZIP),
        (b"MZ\x90\0", None),
        (b"\x7fELF\2\1", None),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"<svg onload='alert(1)'>", None),
        (b" %PDF-1.7", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_kind(head: bytes, kind: FileKind | None) -> None:
    assert of_head(head) is kind


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Ñandú\r\n\tlínea".encode(), True),
        ("Ñandú".encode("cp1252"), True),
        (b"\x1b[31mERROR\x1b[0m\n", True),
        ("Copia fallida ñ".encode("utf-16"), True),
        (b"\xff\xfe\x00\xd8A", False),
        (b"MZ\x90\x00\x03", False),
        (b"texto\x00oculto", False),
        ("a\0b".encode("utf-16"), False),
    ],
)
def test_text_is_what_can_be_read_as_lines(content: bytes, text: bool) -> None:
    assert is_text([content]) is text


@given(st.text(st.characters(exclude_categories=["C"]), max_size=50), st.integers(1, 9))
def test_where_a_text_is_cut_into_chunks_does_not_matter(text: str, step: int) -> None:
    for encoding in ("utf-8", "utf-16"):
        content = text.encode(encoding)
        cut = max(step, 2)
        assert is_text(content[i : i + cut] for i in range(0, len(content), cut))


def test_only_pictures_are_ever_shown_and_nothing_is_given_out_as_what_a_browser_runs() -> None:
    every = [value for value in vars(kinds).values() if isinstance(value, FileKind)]
    assert {one.media_type for one in every if not one.picture} == {
        "application/pdf", "application/octet-stream", "text/plain",
    }  # fmt: skip
    assert {one.media_type for one in every if one.picture} == {"image/png", "image/jpeg", "image/gif", "image/webp"}
