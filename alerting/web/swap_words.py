"""Why a shift cannot change hands, in words, for desk and console."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.swaps.service import Refused
from alerting.web import language
from alerting.web.formats import weekday_clock
from alerting.web.language import gettext, marked
from alerting.web.visitor import visitor
from oncall.swaps.rules import InTheWay

WHY: Mapping[str, str] = {
    "unknown": marked("There is no such request."),
    "out_of_range": marked("Not asked: choose an end after the start, not in the past, and two months at most."),
    "not_yours": marked("Not asked: at that time the shift is not of that person, or not all of it. Look again."),
    "not_theirs": marked("Not asked: the rota has moved, that shift is your colleague's no more. Look again."),
    "unmovable": marked(
        "Nothing changed: a temporary schedule decides that time. Ask whoever manages the rota to change it there."
    ),
    "asked_already": marked("There is a request about that time already: withdraw it first."),
    "too_many": marked("There are too many open requests: withdraw some first."),
    "own": marked("Nothing changed: it is that person's own shift already."),
    "moved": marked("Nothing changed: the rota has moved, and the shift is not where it was."),
    "no_phone": marked(
        "Not taken: there is no verified telephone that works, and pages of that shift would ring nowhere. "
        "Put the contact methods in order first."
    ),
    "no_gap": marked("Somebody is on call at that time already: it is no open shift any more. Thank you all the same."),
}


def refusal(refused: Refused) -> str:
    if refused.clash is not None:
        again = gettext("If that is all right, press once more.") if refused.why == "look_first" else ""
        return f"{in_the_way(refused.clash)} {again}".strip()
    if refused.why == "over" and refused.taken_by is not None:
        who = visitor().config.person_name(refused.taken_by)
        return gettext("%(who)s was faster and has the shift. Thank you all the same.", who=who)
    if refused.why == "over":
        return gettext("That request has ended: there is nothing to do any more.")
    return gettext(WHY[refused.why])


def in_the_way(clash: InTheWay) -> str:
    config = visitor().config
    zone, spoken = config.provider.zone, language.current()
    from_at, to_at = (weekday_clock(at, zone, spoken) for at in clash.span)
    if clash.why == "absent":
        return gettext(
            "Entered as away %(from)s – %(to)s: the shift would be nobody's. End the absence first.",
            **{"from": from_at, "to": to_at},
        )
    schedule = config.schedule(clash.schedule or "")
    name = (schedule and schedule.name) or clash.schedule or ""
    return gettext(
        "On call on %(schedule)s too at that time: %(from)s – %(to)s.",
        **{"schedule": name, "from": from_at, "to": to_at},
    )
