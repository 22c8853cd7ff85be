"""Files of a ticket by the API."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from alerting.attachments.service import Store
from alerting.notifications.messages import AnsweredSms
from alerting.notifications.models import AttemptRow
from alerting.runtime import Runtime
from tests.services.api.conftest import Caller
from tests.support.files import picture

LOG = b"ERROR 5: disco lleno\n"
CANARY = "CANARY-4711"


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture
def reference(marta: Caller) -> str:
    return str(marta.post("/tickets", {"symptoms": "La copia no termina."}).json["reference"])


def send(caller: Caller, reference: str, *files: tuple[bytes, str], **fields: str) -> TestResponse:
    data: dict[str, Any] = fields | {"file": [(io.BytesIO(content), name) for content, name in files]}
    return caller.client.post(
        f"/api/v1/tickets/{reference}/attachments", data=data, headers=caller.headers,
        content_type="multipart/form-data",
    )  # fmt: skip


def test_several_files_become_the_tickets_and_come_back_as_they_are(reference: str, marta: Caller, ana: Caller) -> None:
    """S-3.A6"""
    answer = send(marta, reference, (LOG, "backup.log"), (picture("PNG"), "captura.png"))
    assert answer.status_code == 200, answer.text
    assert answer.json["reference"] == reference
    log, shot = answer.json["attachments"]
    assert (log["name"], log["sha256"]) == ("backup.log", hashlib.sha256(LOG).hexdigest())
    assert ana.items(f"/tickets/{reference}/attachments")[0]["id"] == log["id"]
    file = ana.get(f"/tickets/{reference}/attachments/{log['id']}")
    assert file.data == LOG
    assert file.headers["Content-Disposition"] == "attachment; filename=backup.log"
    seen = marta.get(f"/tickets/{reference}/attachments/{shot['id']}")
    assert (seen.mimetype, hashlib.sha256(seen.data).hexdigest()) == ("image/png", shot["sha256"])
    for one in (file, seen):
        assert "sandbox" in one.headers["Content-Security-Policy"]
        assert one.headers["X-Content-Type-Options"] == "nosniff"


def test_the_log_has_the_hashes_and_the_customer_reads_the_names(reference: str, marta: Caller, ana: Caller) -> None:
    send(marta, reference, (LOG, "backup.log"))
    entry = next(one for one in ana.items(f"/tickets/{reference}/log") if one["kind"] == "attachment.added")
    assert entry["data"]["files"][0]["sha256"] == hashlib.sha256(LOG).hexdigest()
    assert "backup.log" not in str(entry)
    assert marta.items(f"/tickets/{reference}/timeline")[-1]["text"] == "Usted: adjunta backup.log."


def test_an_internal_file_is_seen_by_no_customer(reference: str, marta: Caller, ana: Caller, runtime: Runtime) -> None:
    """S-2.11"""
    (kept,) = send(ana, reference, (CANARY.encode(), f"{CANARY}.log"), public="false").json["attachments"]
    assert kept["public"] is False
    own = send(marta, reference, (CANARY.encode(), "mio.log"))
    assert [one["name"] for one in own.json["attachments"]] == ["mio.log"]
    for path in ("", "/timeline", "/attachments"):
        assert CANARY not in marta.get(f"/tickets/{reference}{path}").text
    unknown = marta.get(f"/tickets/{reference}/attachments/nothing")
    hidden = marta.get(f"/tickets/{reference}/attachments/{kept['id']}")
    assert (hidden.status_code, hidden.data) == (unknown.status_code, unknown.data) == (404, unknown.data)
    with runtime.database.reading() as session:
        assert CANARY not in str([row.facts for row in session.scalars(select(AttemptRow))])


def test_a_customer_marks_nothing_as_internal(reference: str, marta: Caller) -> None:
    assert send(marta, reference, (LOG, "a.log"), public="false").status_code == 422
    assert send(marta, reference, (LOG, "a.log"), public="perhaps").status_code == 422
    assert marta.items(f"/tickets/{reference}/attachments") == []


def test_one_file_that_cannot_be_kept_keeps_out_all_of_the_request_and_says_why(
    reference: str, marta: Caller, runtime: Runtime
) -> None:
    answer = send(marta, reference, (LOG, "a.log"), (b"MZ\0\0", "b.png"), (b"", "c.txt"))
    assert answer.status_code == 422
    assert [(one["field"], one["message"].partition(":")[0]) for one in answer.json["errors"]] == [
        ("file", "b.png"), ("file", "c.txt"),
    ]  # fmt: skip
    assert marta.items(f"/tickets/{reference}/attachments") == []
    assert not [path for path in Store(runtime.settings).folder.path.rglob("*") if path.is_file()]


def test_a_request_without_files_or_of_another_kind_is_told_what_to_send(reference: str, marta: Caller) -> None:
    assert send(marta, reference).status_code == 422
    assert marta.post(f"/tickets/{reference}/attachments", {}).status_code == 415


def test_more_than_fits_at_once_is_refused_before_it_is_read(reference: str, marta: Caller) -> None:
    answer = marta.client.post(
        f"/api/v1/tickets/{reference}/attachments",
        content_type="multipart/form-data; boundary=x",
        headers=marta.headers,
        environ_overrides={"CONTENT_LENGTH": "60000000"},
    )
    assert answer.status_code == 413


def test_a_repeated_request_adds_nothing(reference: str, marta: Caller, runtime: Runtime) -> None:
    for _ in range(2):
        answer = send(marta, reference, (LOG, "backup.log"))
        assert [one["name"] for one in answer.json["attachments"]] == ["backup.log"]
    assert len([path for path in Store(runtime.settings).folder.path.rglob("*") if path.is_file()]) == 1


def test_another_customers_file_is_no_file_at_all(reference: str, marta: Caller, jon: Caller) -> None:
    (kept,) = send(marta, reference, (LOG, "backup.log")).json["attachments"]
    other = str(jon.post("/tickets", {"symptoms": "Otra cosa."}).json["reference"])
    for path in (f"/tickets/{reference}", f"/tickets/{other}"):
        assert jon.get(f"{path}/attachments/{kept['id']}").status_code == 404
    assert send(jon, reference, (LOG, "x.log")).status_code == 404


def test_a_customers_file_ends_a_waiting_for_the_customer(reference: str, marta: Caller, ana: Caller) -> None:
    ana.post(f"/tickets/{reference}/acknowledgement")
    ana.post(f"/tickets/{reference}/waiting", {"reason": "customer", "note": "Envíe el registro."})
    assert send(marta, reference, (LOG, "backup.log")).json["state"] == "in_progress"


def test_whoever_has_the_ticket_is_told_of_a_customers_file(
    reference: str, marta: Caller, ana: Caller, runtime: Runtime
) -> None:
    ana.post(f"/tickets/{reference}/acknowledgement")
    send(ana, reference, (b"nuestro", "nuestro.log"))
    send(marta, reference, (LOG, "backup.log"))
    with runtime.database.reading() as session:
        told = session.scalars(select(AttemptRow).where(AttemptRow.template == AnsweredSms.kind())).all()
    assert [(one.person_id, "backup.log" in str(one.facts)) for one in told] == [("ana", True)]


def test_a_closed_ticket_takes_no_file(reference: str, marta: Caller, ana: Caller) -> None:
    ana.post(f"/tickets/{reference}/closure", {"code": "resolved"})
    assert send(marta, reference, (LOG, "backup.log")).status_code == 409


def test_staff_remove_what_nobody_should_have_sent(
    reference: str, marta: Caller, ana: Caller, runtime: Runtime
) -> None:
    (kept,) = send(marta, reference, (LOG, "claves.txt")).json["attachments"]
    path = f"/api/v1/tickets/{reference}/attachments/{kept['id']}"
    assert marta.client.delete(path, headers=marta.headers).status_code == 403
    assert ana.client.delete(path, headers=ana.headers).json["attachments"] == []
    assert marta.get(path.removeprefix("/api/v1")).status_code == 404
    assert ana.client.delete(path, headers=ana.headers).status_code == 404
    kinds = [one["kind"] for one in ana.items(f"/tickets/{reference}/log")]
    assert "attachment.removed" in kinds
    assert not Store(runtime.settings).folder.place(kept["id"]).exists()


def test_an_error_output_too_long_to_read_becomes_a_file(marta: Caller) -> None:
    """S-3.A2"""
    output = "linea de error 0123456789\n" * 9_000
    ticket = marta.post("/tickets", {"symptoms": "Falla.", "error_output": output + "password=tigre77\n"}).json
    (file,) = marta.items(f"/tickets/{ticket['reference']}/attachments")
    assert file["name"] == "error_output.txt"
    assert len(ticket["intake"]["error_output"]) < 5_000
    assert ticket["intake"]["error_output"].endswith("error_output.txt]")
    whole = marta.get(f"/tickets/{ticket['reference']}/attachments/{file['id']}").text
    assert whole.startswith(output)
    assert "tigre77" not in whole
