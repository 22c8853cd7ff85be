"""Files that customers send, made here."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

HIDDEN = b"CANARIO-4711"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """Red at the left, blue at the right."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def photograph(orientation: int = 1) -> bytes:
    """A JPEG that says where it was taken, and which way up the camera was."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = HIDDEN.decode()
    exif.get_ifd(0x8825)[1] = "N"
    return picture("JPEG", exif=exif.tobytes(), comment=HIDDEN) + HIDDEN


def moving(frames: int = 3) -> bytes:
    made = io.BytesIO()
    first, *rest = (Image.new("RGB", (20, 20), (80 * n, 0, 0)) for n in range(frames))
    first.save(made, "GIF", save_all=True, append_images=rest, duration=100, comment=HIDDEN)
    return made.getvalue() + b"<script>alert(1)</script>"


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
