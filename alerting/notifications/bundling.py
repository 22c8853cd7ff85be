"""Which pages of one person travel together when they had to wait: whoever is woken hears once of all that waits for
them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TOGETHER = frozenset({"page_sms", "last_resort_sms", "greeting"})
"""Texts that say no more than that a ticket waits. One that asks something else of its reader travels alone."""
MOST = 50


@dataclass(frozen=True)
class Page:
    """A page that is due. `overdue`: it asks an owner for the contact that is missing."""

    id: str
    ticket: str
    template: str
    drill: bool = False
    overdue: bool = False


def together(first: Page, others: Iterable[Page]) -> tuple[str, ...]:
    """The ids of the pages that leave with `first`, in their order: of other tickets, to the same person by the same
    way. A drill and a real page never share a message."""
    if not _plain(first):
        return ()
    found = [o.id for o in others if _plain(o) and o.drill == first.drill and o.ticket != first.ticket]
    return tuple(found[:MOST])


def _plain(page: Page) -> bool:
    return page.template in TOGETHER and not page.overdue
