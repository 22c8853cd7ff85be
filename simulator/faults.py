"""Faults ordered by a test: of the carrier's API when something is created, and of its callbacks to us."""

import random
import threading
from collections.abc import Sequence
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class CarrierFault(BaseModel):
    """What happens to a create. `refuse` cuts the connection before anything was created (the same port also serves
    the control API, so it cannot stop listening); `drop` cuts it after; `hang` creates and answers `seconds` later."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["429", "500", "503", "drop", "hang", "refuse"]
    times: int | None = Field(default=None, ge=1)
    """None: until cleared."""
    seconds: float = Field(default=1.0, ge=0)
    """How long `hang` takes; the Retry-After of 429, rounded up."""
    resource: Literal["calls", "messages", "any"] = "any"
    to: str | None = None
    """Only creates to this number."""
    chance: float = Field(default=1.0, gt=0, le=1)
    """Of happening to one that it concerns; the order's seed decides which, the same each time."""


class CallbackFault(BaseModel):
    """What happens to a status callback. `delayed` lets later ones pass; `reordered` goes after the next of the same
    call or message (or after `seconds` when none comes); `bad_signature` arrives signed with another secret;
    `old_sequence` comes with the number of the call's first one, as a callback that was overtaken on the way."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["duplicate", "lost", "delayed", "reordered", "bad_signature", "old_sequence"]
    times: int | None = Field(default=None, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    statuses: tuple[str, ...] = ()
    """Only these CallStatus or MessageStatus values; empty: all."""
    chance: float = Field(default=1.0, gt=0, le=1)


class FaultOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    carrier: tuple[CarrierFault, ...] = ()
    callbacks: tuple[CallbackFault, ...] = ()
    seed: int = 1
    """Of all chances of the order."""


class Faults:
    """The orders in force, used up in their order."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._carrier: list[CarrierFault] = []
        self._callbacks: list[CallbackFault] = []
        self._seed = 1
        self._chances = random.Random(self._seed)

    def order(self, carrier: Sequence[CarrierFault], callbacks: Sequence[CallbackFault], seed: int = 1) -> None:
        """Replaces what was in force; nothing at all clears it."""
        with self._lock:
            self._carrier, self._callbacks = list(carrier), list(callbacks)
            self._seed, self._chances = seed, random.Random(seed)

    def of_create(self, resource: str, to: str) -> CarrierFault | None:
        with self._lock:
            for place, fault in enumerate(self._carrier):
                if fault.resource in ("any", resource) and fault.to in (None, to) and self._happens(fault):
                    self._carrier[place : place + 1] = [_used(fault)] if fault.times != 1 else []
                    return fault
            return None

    def of_callback(self, status: str) -> CallbackFault | None:
        with self._lock:
            for place, fault in enumerate(self._callbacks):
                if (not fault.statuses or status in fault.statuses) and self._happens(fault):
                    self._callbacks[place : place + 1] = [_used(fault)] if fault.times != 1 else []
                    return fault
            return None

    def in_force(self) -> FaultOrder:
        with self._lock:
            return FaultOrder(carrier=tuple(self._carrier), callbacks=tuple(self._callbacks), seed=self._seed)

    def _happens(self, fault: CarrierFault | CallbackFault) -> bool:
        return fault.chance == 1 or self._chances.random() < fault.chance


_Fault = TypeVar("_Fault", CarrierFault, CallbackFault)


def _used(fault: _Fault) -> _Fault:
    return fault if fault.times is None else fault.model_copy(update={"times": fault.times - 1})
