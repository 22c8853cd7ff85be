"""Contact methods that have stopped working: taken out of use, and whoever must know is told, once."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from alerting.notifications import messages, service
from alerting.notifications.messages import Sms
from alerting.work import Work
from oncall import disabled
from oncall.schema import Person

log = logging.getLogger(__name__)

OPTED_OUT = "opted_out"
MANAGER = "manager"
ENDING = 3  # digits by which somebody knows their own number; the rest stays out of a text that others may see


def take_out(work: Work, channel: str, address: str, why: str) -> bool:
    """No page uses the address any more. Its owners are told by another route, and so are the managers; of somebody
    else's address (a customer's) nobody is. False, and nothing said, when it was out of use before."""
    if not disabled.disable(work.session, channel, address, why, work.now):
        return False
    for owner in owners_of(work, channel, address):
        log.warning("contact method out of use: %s of %s (%s)", channel, owner.id, why)
        _tell(work, owner, channel, address, why)
    return True


def owners_of(work: Work, channel: str, address: str) -> list[Person]:
    return [
        person
        for person in work.config.oncall.people.values()
        if any(m.verified and m.channel == channel and m.address == address for m in person.contact_methods)
    ]


def _tell(work: Work, owner: Person, channel: str, address: str, why: str) -> None:
    ending = address[-ENDING:]
    if why == OPTED_OUT:
        to_owner: Sms = messages.OptedOutSms(ending=ending)
        to_managers: Sms = messages.OptedOutManagerSms(name=owner.name)
    else:
        to_owner = messages.DeadMethodSms(ending=ending, by_call=channel == "voice")
        to_managers = messages.DeadMethodManagerSms(name=owner.name, ending=ending, by_call=channel == "voice")
    told = service.inform(work, owner, to_owner, but=address)
    for manager in managers(work, [owner.id]):
        if manager.id != owner.id:
            told = service.inform(work, manager, to_managers) or told
    if not told:
        log.error("nobody could be told that a contact method of %s is out of use", owner.id)


def managers(work: Work, about: Iterable[str] = ()) -> list[Person]:
    """Who must know what concerns these people: the managers of their teams; of people without a team, or in teams that
    name no manager, and without anybody named, all managers."""
    world = work.config.oncall
    concerned = set(about)
    of_teams = {id_ for team in world.teams.values() if concerned & set(team.members) for id_ in team.managers}
    named = [person for person in world.people.values() if person.id in of_teams]
    return named or [person for person in world.people.values() if MANAGER in person.roles]
