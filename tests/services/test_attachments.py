"""Files on their way to the disk, and off it."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import update

from alerting.attachments import folder as folders
from alerting.attachments import images, jobs
from alerting.attachments import service as attachments
from alerting.attachments.limits import Reason, Refused
from alerting.attachments.models import AttachmentRow
from alerting.attachments.service import Prepared, Store
from alerting.runtime import install
from alerting.tickets.models import TicketRow
from alerting.tickets.service import locked
from core import periodic
from core.settings import Settings
from service import doctor
from tests.support.desk import Desk
from tests.support.files import HIDDEN, moving, opened, photograph, picture


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Settings(data_dir=tmp_path, attachment_max_megabytes=1))


def kept(store: Store, content: bytes, name: str = "a.bin") -> tuple[Prepared, bytes]:
    one = store.prepare(name, io.BytesIO(content))
    return one, store.folder.place(one.id).read_bytes()


def refusal(store: Store, content: bytes, name: str = "a.bin") -> Reason:
    with pytest.raises(Refused) as refused:
        store.prepare(name, io.BytesIO(content))
    return refused.value.reason


def on_disk(store: Store) -> list[Path]:
    return [path for path in store.folder.path.rglob("*") if path.is_file()]


# --- taking in


def test_a_log_is_kept_byte_for_byte_with_its_hash_and_readable_for_us_alone(store: Store) -> None:
    one, content = kept(store, b"ERROR 5\n" * 1000, "backup.log")
    assert content == b"ERROR 5\n" * 1000
    assert (one.name, one.media_type, one.size) == ("backup.log", "text/plain", 8000)
    assert one.sha256 == one.received_sha256 == hashlib.sha256(content).hexdigest()
    place = store.folder.place(one.id)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert on_disk(store) == [place]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_the_same_picture_afterwards(store: Store, kind: str) -> None:
    one, content = kept(store, picture(kind))
    image = opened(content)
    assert (image.format, image.size) == (kind, (60, 40))
    assert one.sha256 == hashlib.sha256(content).hexdigest()
    assert opened(store.folder.preview_place(one.id).read_bytes()).size == (60, 40)


def test_a_photograph_tells_neither_place_nor_camera_and_stands_upright(store: Store) -> None:
    sent = photograph(orientation=6)
    assert sent.count(HIDDEN) == 3
    _, content = kept(store, sent, "foto.jpg")
    image = opened(content)
    assert HIDDEN not in content
    assert not image.getexif()
    assert image.size == (40, 60)


def test_a_moving_picture_goes_on_moving_without_what_was_hung_on_it(store: Store) -> None:
    _, content = kept(store, moving(frames=3))
    assert getattr(opened(content), "n_frames", 1) == 3
    assert b"script" not in content
    assert HIDDEN not in content


def test_of_a_telephones_photograph_with_further_pictures_inside_the_one_that_one_sees_is_kept(store: Store) -> None:
    made = io.BytesIO()
    opened(picture()).save(made, "MPO", save_all=True, append_images=[opened(picture(size=(30, 20)))])
    _, content = kept(store, made.getvalue())
    assert (opened(content).format, opened(content).size) == ("JPEG", (60, 40))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"MZ\x90\0" + b"\0" * 60, Reason.KIND),
        (b"x" * 1_000_001, Reason.TOO_LARGE),
        (picture("PNG")[:-40], Reason.UNREADABLE),
        (b"GIF89a/*" + b"alert(1)//" * 20, Reason.UNREADABLE),
    ],
    ids=["empty", "program", "too large", "torn picture", "script as picture"],
)
def test_what_is_refused_leaves_nothing_on_disk(store: Store, content: bytes, reason: Reason) -> None:
    assert refusal(store, content, "captura.png") is reason
    assert on_disk(store) == []


def test_a_picture_that_unpacks_to_too_many_pixels_is_refused_unread(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MOST_PIXELS", 10_000)
    assert refusal(store, picture("PNG", (101, 100))) is Reason.PIXELS
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000)
    assert refusal(store, picture("PNG", (101, 100))) is Reason.PIXELS


def test_files_leave_room_for_the_database(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "LEAST_FREE", 1 << 60)
    assert refusal(store, b"texto") is Reason.NO_ROOM


# --- becoming a ticket's


def add(desk: Desk, reference: str, *files: Prepared, public: bool = True) -> attachments.Added:
    with desk.runtime.work() as work:
        limits = Store(desk.runtime.settings).limits
        return attachments.add(work, locked(work, reference), files, limits, public=public, channel="test")


def test_the_same_file_twice_is_one_attachment_and_an_internal_one_is_another(desk: Desk) -> None:
    store, reference = Store(desk.runtime.settings), desk.activate().reference
    first, second, third = (store.prepare_text("a.log", "uno") for _ in range(3))
    other = store.prepare_text("b.log", "uno")
    assert add(desk, reference, first, second, other).kept == (first, other)
    assert add(desk, reference, third, public=False).kept == (third,)


def test_a_customer_cannot_fill_the_disk(desk: Desk) -> None:
    store, reference = Store(desk.runtime.settings), desk.activate().reference
    with desk.runtime.work() as work:
        limits = attachments.limits.Limits(file=10, customer=5)
        files = [store.prepare_text("a.log", text) for text in ("uno", "dos")]
        added = attachments.add(work, locked(work, reference), files, limits, public=True, channel="test")
    assert [(one.name, reason) for one, reason in added.refused] == [("a.log", Reason.CUSTOMER_FULL)]


def test_the_doctor_tells_files_that_the_database_has_and_the_disk_has_not(desk: Desk) -> None:
    store, reference = Store(desk.runtime.settings), desk.activate().reference
    here, gone = (store.prepare_text("a.log", text) for text in ("uno", "dos"))
    add(desk, reference, here, gone)
    store.folder.remove(gone.id)
    with desk.runtime.database.reading() as session:
        (finding,) = doctor.of_kept_files(session, desk.runtime.settings)
    assert finding.text.startswith("1 of the newest 2 attachments are not in ")


# --- the sweep


def test_the_sweep_removes_what_belongs_to_nothing_once_it_is_old(desk: Desk) -> None:
    store, reference = Store(desk.runtime.settings), desk.activate().reference
    mine, removed, _, young = (store.prepare(f"{n}.png", io.BytesIO(picture(size=(9, n)))) for n in (2, 3, 4, 5))
    add(desk, reference, mine, removed)
    part = store.folder.part()
    part.write_bytes(b"half of it")
    with desk.runtime.database.transaction() as session:
        session.execute(
            update(AttachmentRow).where(AttachmentRow.id == removed.id).values(removed_at=desk.clock.at)
        )  # fmt: skip
    old = time.time() - timedelta(days=3).total_seconds()
    for path in on_disk(store):
        if not path.name.startswith(young.id):
            os.utime(path, (old, old))
    install(desk.runtime)
    with desk.runtime.database.transaction() as session:
        periodic.register(session, ["attachments"], desk.clock.at)
    jobs.sweep("attachments", 3600)
    left = {path.name.removesuffix(folders.PREVIEW) for path in on_disk(store)}
    assert left == {mine.id, young.id}
    assert len(on_disk(store)) == 4


def test_the_ticket_notes_that_it_has_changed(desk: Desk) -> None:
    store, reference = Store(desk.runtime.settings), desk.activate().reference

    def version() -> int:
        with desk.runtime.database.reading() as session:
            return session.query(TicketRow.version).filter_by(reference=reference).scalar()

    before = version()
    add(desk, reference, store.prepare_text("a.log", "uno"))
    assert version() == before + 1
