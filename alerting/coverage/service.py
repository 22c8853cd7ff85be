"""Close a gap: give its time to somebody, once, as any open shift is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from alerting.swaps import service as swaps
from alerting.swaps.service import Refused
from alerting.work import Work
from core.audit.chain import LogActor
from core.settings import Settings
from oncall.pieces import Span
from oncall.swaps.rules import Part


class Given(Enum):
    DONE = auto()
    ALREADY = auto()  # a second click, or a first one whose answer was lost
    COVERED = auto()  # by somebody else meanwhile
    NOT_FREE = auto()
    KEPT_EMPTY = auto()  # by a temporary schedule, which is stronger than an override
    OVER = auto()


REFUSED = {
    "absent": Given.NOT_FREE,
    "look_first": Given.NOT_FREE,  # on call elsewhere: not somebody whom we would suggest
    "no_phone": Given.NOT_FREE,
    "out_of_range": Given.OVER,
    "unmovable": Given.KEPT_EMPTY,
}


@dataclass(frozen=True)
class Wanted:
    """Somebody for the time of a schedule."""

    schedule: str
    span: Span
    person: str


class NotAllGiven(Exception):
    """One of several shifts could not be given: raised so that the transaction gives none. `why` is of `wanted`."""

    def __init__(self, wanted: Wanted, why: Given) -> None:
        super().__init__(why.name)
        self.wanted, self.why = wanted, why


def give_all(work: Work, settings: Settings, wanted: Sequence[Wanted], actor: LogActor) -> int:
    """All or none; how many were new. Raises NotAllGiven."""
    new = 0
    for one in wanted:
        given = give(work, settings, one, actor)
        if given not in (Given.DONE, Given.ALREADY):
            raise NotAllGiven(one, given)
        new += given is Given.DONE
    return new


def give(work: Work, settings: Settings, wanted: Wanted, actor: LogActor) -> Given:
    """The person is on call from now on, by an override, and is told; whatever has changed meanwhile is respected."""
    part = Part(wanted.schedule, None, wanted.span)
    try:
        given = swaps.give(work, settings, part, wanted.person, "", actor)
    except Refused as refused:
        return REFUSED.get(refused.why, Given.COVERED)
    return Given.DONE if given is not None else Given.ALREADY
