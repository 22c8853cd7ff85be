"""Files attached to a mail, taken in before the transaction that makes the mail part of a ticket."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from alerting.attachments import limits, names
from alerting.attachments.limits import FILES_AT_ONCE, Reason, Refused
from alerting.attachments.service import Added, Prepared, Store
from alerting.mailbox.received import Received
from alerting.notifications.wording import Language


@dataclass(frozen=True)
class Enclosures:
    """`prepared` are on disk, `refused` are not, with their names."""

    store: Store
    prepared: Sequence[Prepared] = ()
    refused: Sequence[tuple[str, Reason]] = ()

    @property
    def any(self) -> bool:
        return bool(self.prepared or self.refused)

    def not_kept(self, language: Language) -> list[tuple[str, str]]:
        """Each with the reason, for the words of the ticket."""
        return [(name, limits.why(reason, self.store.limits, language)) for name, reason in self.refused]

    def discard(self) -> None:
        self.store.discard(self.prepared)

    def settle(self, added: Added | None) -> None:
        """After the commit; None: the mail has become part of no ticket."""
        self.store.discard(self.prepared if added is None else added.unneeded)


def taken_in(mail: Received, store: Store) -> Enclosures:
    """May take seconds: pictures are written anew."""
    prepared: list[Prepared] = []
    refused: list[tuple[str, Reason]] = []
    for number, one in enumerate(mail.attachments):
        try:
            if number >= FILES_AT_ONCE:
                raise Refused(names.plain(one.name), Reason.TOO_MANY)
            prepared.append(store.prepare(one.name, io.BytesIO(one.content)))
        except Refused as error:
            refused.append((error.name, error.reason))
    return Enclosures(store, prepared, refused)
