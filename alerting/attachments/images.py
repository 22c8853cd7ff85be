"""Pictures written anew from their pixels: position, camera, comments and whatever else hides in the file stay out
(security A15), and what claims to be a picture and a page at once is a picture afterwards."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, ImageSequence

from alerting.attachments.limits import MOST_PIXELS

PREVIEW = (480, 360)  # pixels at most
JPEG_QUALITY = 92
MOVING = ("GIF", "WEBP", "PNG")
"""Of JPEG further frames are a camera's extras: depth, a smaller copy."""

# Pillow refuses twice this by itself, also for frames that grow while they are read; its warning before is no news.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

# One picture at a time in a process: fifty million pixels are 300 MB while they are written.
_one_at_a_time = threading.Lock()


class Unreadable(ValueError):
    """Broken, or not what its first bytes say."""


class TooManyPixels(ValueError):
    pass


def rewrite(source: Path, kind: str, target: Path, preview: Path) -> None:
    """`kind` is Pillow's name of the format, the only one that is tried. The preview is a WebP. Neither target is
    synced to disk. Unreadable, TooManyPixels."""
    try:
        with _one_at_a_time, Image.open(source, formats=(kind,)) as image:
            frames = int(getattr(image, "n_frames", 1)) if kind in MOVING else 1
            if image.width * image.height * frames > MOST_PIXELS:
                raise TooManyPixels
            if frames > 1:
                _write_moving(image, kind, target)
                image.seek(0)
            shown = _upright(image)
            if frames == 1:
                shown.save(target, kind, **_options(kind))
            shown.thumbnail(PREVIEW)
            shown.save(preview, "WEBP", quality=80)
    except TooManyPixels:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except Exception as error:  # decoders have more ways to fail than Pillow names, and this is anybody's input
        raise Unreadable from error


def _write_moving(image: Image.Image, kind: str, target: Path) -> None:
    durations, frames = [], []
    for frame in ImageSequence.Iterator(image):
        durations.append(frame.info.get("duration", 100))
        frames.append(_plain(frame))
    frames[0].save(target, kind, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera said, because what says so is left out. In place: a copy less in memory."""
    ImageOps.exif_transpose(image, in_place=True)
    return _plain(image)


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, in a mode that every format takes."""
    see_through = "A" in image.getbands() or "transparency" in image.info
    grey = image.mode in ("1", "L")
    plain = image.convert("RGBA" if see_through else "L" if grey else "RGB")
    plain.info = {}
    return plain


def _options(kind: str) -> dict[str, Any]:
    return {"quality": JPEG_QUALITY} if kind in ("JPEG", "WEBP") else {}
