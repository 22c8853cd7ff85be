"""Addresses that come from outside. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit


def local_path(address: str | None) -> str | None:
    """A path of our own to go on to; None for anything that leads, or that a browser may read as leading, elsewhere."""
    if not address or not address.startswith("/") or len(address) > 500:
        return None
    if any(c in address for c in "\\\r\n\t\0") or address.startswith("//"):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address
