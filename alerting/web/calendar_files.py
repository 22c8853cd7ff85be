"""Calendar files that somebody uploads, for desk and console: read, shown before anything is kept, sent back packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, request

from alerting.web.language import gettext, marked
from alerting.web.visitor import visitor
from oncall import ical_import
from oncall.ical_import import LARGEST, BadCalendar
from oncall.imported import Difference, Item, items, unpacked

WHY: Mapping[str, str] = {
    "too_large": marked("Nothing was read: the file is larger than 1 MB. Export a shorter time."),
    "not_a_calendar": marked("Nothing was read: that is no calendar file. Export it as iCalendar (.ics)."),
    "no_events": marked("Nothing was read: the file has no event that is still to come."),
    "too_many": marked("Nothing was read: the file has more events, or repeats them more often, than any rota needs."),
}
NOTHING_CHOSEN = marked("Choose a file first.")
CHANGED = marked("Nothing was saved: something has changed since you looked. Look again.")


def uploaded(subject: str, timezone: str) -> list[Item] | str:
    """The events of the uploaded file, else why there are none. Whole days and times without a zone are local to
    `timezone`."""
    file = request.files.get("file")
    data = file.read(LARGEST + 1) if file is not None else b""
    if file is not None:
        file.close()
    if not data:
        return gettext(NOTHING_CHOSEN)
    try:
        return items(ical_import.read(data, timezone, visitor().now), subject)
    except BadCalendar as error:
        return gettext(WHY[error.why])


def sent_back() -> list[Item]:
    """What the preview was made of; 400 for anything else."""
    try:
        return unpacked(request.form.get("events", ""))
    except ValueError:
        abort(400)


def still_to_come(found: list[Item]) -> list[Item]:
    return [one for one in found if one.to_at > visitor().now and one.from_at < one.to_at]


def news(change: Difference[Any]) -> dict[str, str]:
    """By id: new, changed or same."""
    named = (("new", change.added), ("changed", change.changed), ("same", change.same))
    return {str(one.id): word for word, found in named for one in found}
