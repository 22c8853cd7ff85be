"""Digests of random secrets. Plain SHA-256: what has 128 random bits or more cannot be guessed from its digest."""

from __future__ import annotations

import hashlib


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
