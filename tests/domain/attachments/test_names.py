"""Names of files that nobody has to fear."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.attachments.kinds import JPEG, PDF, PNG, TEXT, ZIP, FileKind
from alerting.attachments.names import LONGEST, cleaned, plain


@pytest.mark.parametrize(
    ("sent", "kind", "kept"),
    [
        ("captura ñ.PNG", PNG, "captura ñ.png"),
        ("../../etc/passwd", TEXT, "passwd.txt"),
        ("C:\\Users\\Marta\\log.txt", TEXT, "log.txt"),
        ("backup.ps1", TEXT, "backup.ps1.txt"),
        ("pagina.html", TEXT, "pagina.html"),
        ("foto.png", JPEG, "foto.png.jpg"),
        ("informe.docx", ZIP, "informe.docx"),
        ("macros.docm", ZIP, "macros.docm.zip"),
        ("factura\u202efdp.exe", PDF, "facturafdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.log", TEXT, "aSet-Cookie_ x.log"),
        ('"><script>.txt', TEXT, "___script_.txt"),
        ("con.log", TEXT, "_con.log"),
        ("", TEXT, "file.txt"),
        ("...", PNG, "file.png"),
        (".png", PNG, "png.png"),
    ],
)
def test_a_name_is_a_name_and_its_ending_is_that_of_the_content(sent: str, kind: FileKind, kept: str) -> None:
    assert cleaned(sent, kind) == kept


@given(st.text(max_size=300), st.sampled_from([PNG, TEXT, ZIP]))
def test_whatever_was_sent_the_name_can_be_shown_and_saved(sent: str, kind: FileKind) -> None:
    name = cleaned(sent, kind)
    assert 0 < len(name) <= LONGEST
    assert name.rpartition(".")[2].lower() in kind.endings
    assert not set('/\\<>:"|?*') & set(name)
    assert not [c for c in name + plain(sent) if unicodedata.category(c).startswith("C")]
    assert cleaned(name, kind) == name
