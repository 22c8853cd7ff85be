"""`guardia doctor`: what could keep a page from reaching somebody, each with its remedy.

Looks only; the one thing it writes is an empty file in the data directory, removed at once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from alerting.attachments import queries as attachments
from alerting.attachments.folder import LEAST_FREE, Folder
from alerting.catalog.journal import FOLDER, REFUSED, Journal
from alerting.configuration import Configuration, parse
from alerting.coverage.queries import gaps_ahead
from alerting.drills import queries as drills
from alerting.drills.overdue import Practice, overdue
from alerting.duty.schedule_use import used_schedules
from alerting.monitoring import keys
from alerting.monitoring import queries as monitoring
from alerting.monitoring.schema import Heartbeat
from alerting.notifications import alarms, senders
from alerting.notifications.alarms import Alarm
from alerting.notifications.carriers.account import TwilioAccount
from alerting.notifications.carriers.choice import Circuit, State
from alerting.notifications.kept_answers import spool_of
from alerting.notifications.messages import MAX_LINK
from alerting.notifications.rendering import LINK_LENGTH, PAGE_LINK
from alerting.pagerduty import following
from alerting.pagerduty import methods as pagerduty_methods
from alerting.pagerduty.following import RotaState
from core import heartbeat, queue
from core.db import Database
from core.documents import store
from core.settings import DEMO_ACCOUNT_SID, Settings, UnsafeSettings
from core.time import now as now_of
from oncall import contact_plan, disabled
from oncall.coverage import Gap
from oncall.disabled import OutOfUse
from oncall.reasons import NotPaged, describe_skip
from oncall.resolve import resolve_targets
from oncall.schema import Person, Target, Urgency
from oncall.walltime import to_local
from service import carrier_checks, clock, migrate, pagerduty_checks, wiring

CLOCK_STOPPED = timedelta(seconds=5)  # as /readyz: two beats missed
COVERAGE_AHEAD = timedelta(days=14)
FILES_LOOKED_AT = 50
LEAST_FREE_BYTES = 200 * 1024 * 1024
LONGEST_ORIGIN = MAX_LINK - len(PAGE_LINK) - LINK_LENGTH
PHONE_CHANNELS = ("sms", "voice")
GUARDIA_RUN = "start `guardia run`, or `guardia clock` under your process manager"


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """`remedy` is empty when all is well."""

    level: Level
    about: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<8} {self.about:<14} {self.text}"
        return f"{line}\n{'':8} remedy: {self.remedy}" if self.remedy else line


@dataclass(frozen=True)
class InForce:
    """What is configured now, and which contact methods are out of use by person id. `never_heard`: heartbeats that
    nothing has called, with when the first run was or is expected; `without_a_key`: heartbeats and integrations that
    nothing can call; `rotas`: how rotations stand that follow PagerDuty; `practices`: how each plan is
    rehearsed."""

    config: Configuration
    documents: Sequence[store.Document]
    out_of_use: Mapping[str, OutOfUse]
    now: datetime
    never_heard: Sequence[tuple[Heartbeat, datetime | None]] = ()
    without_a_key: Sequence[str] = ()
    rotas: Sequence[RotaState] = ()
    practices: Sequence[Practice] = ()


def examined(settings: Settings, *, in_production: bool) -> Iterator[Finding]:
    """Every check in turn. A check whose ground is missing (no database, no schema) is left out: the ground is the
    problem to solve first."""
    yield from of_settings(settings, in_production=in_production)
    yield from of_data_dir(settings.data_dir)
    yield from of_attachments(settings)
    yield from of_journal(settings.data_dir)
    yield from of_fallback(settings)
    yield from of_public_url(settings)
    yield from of_redis(settings)
    accounts = [TwilioAccount.of(account) for account in settings.carrier_accounts]
    yield from of_telephony(settings, accounts if settings.twilio_auth_tokens else [])
    yield from of_mail(settings)
    yield from _said("pagerduty", pagerduty_checks.of_settings(settings))
    yield from of_mail_in(settings)
    yield from of_database(settings)


def read_settings() -> tuple[Settings, bool]:
    """The settings and whether they are production's; also settings that production refuses, since those are what the
    doctor is asked about. ValidationError when they cannot be read at all."""
    try:
        settings = Settings()
    except ValidationError as error:
        if not all(isinstance(one.get("ctx", {}).get("error"), UnsafeSettings) for one in error.errors()):
            raise
        return Settings(environment="development"), True
    return settings, settings.environment == "production"


def summary(findings: Iterable[Finding]) -> str:
    levels = [finding.level for finding in findings]
    problems, warnings = levels.count(Level.PROBLEM), levels.count(Level.WARNING)
    return f"{_counted(problems, 'problem')}, {_counted(warnings, 'warning')}"


# --- the process's surroundings


def of_settings(settings: Settings, *, in_production: bool) -> Iterator[Finding]:
    """What production refuses is worth knowing before the day of going there."""
    refused = settings.production_problems()
    for text in refused:
        said, _, remedy = text.partition(": ")
        level = Level.PROBLEM if in_production else Level.WARNING
        yield Finding(level, "settings", said if in_production else f"{said} (production refuses it)", remedy)
    if not refused:
        yield _ok("settings", "fit for production" if not in_production else "production")


def of_data_dir(folder: Path) -> Iterator[Finding]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        remedy = f"make {folder} writable for the user that runs Guardia, or set GUARDIA_DATA_DIR"
        yield _problem("data", f"cannot write to {folder}: {error.strerror}", remedy)
        return
    if free < LEAST_FREE_BYTES:
        yield _warning("data", f"only {free // 2**20} MB free at {folder}", "make room before SQLite and mail need it")
    else:
        yield _ok("data", f"{folder} is writable")


def of_attachments(settings: Settings) -> Iterator[Finding]:
    folder = settings.attachments_folder
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        text = f"customers' files cannot be kept: cannot write to {folder}: {error.strerror}"
        yield _problem("attachments", text, f"make {folder} writable for Guardia, or set GUARDIA_ATTACHMENTS_DIR")
        return
    if free < LEAST_FREE:
        text = f"only {free // 2**20} MB free at {folder}: customers' files are refused"
        yield _warning("attachments", text, f"make room: {LEAST_FREE // 2**20} MB are left to database and mail")
    else:
        yield _ok("attachments", f"{folder} is writable")


def of_kept_files(session: Session, settings: Settings) -> Iterator[Finding]:
    """Whether this machine has the files of which the database tells."""
    folder = Folder(settings.attachments_folder)
    newest = attachments.latest(session, FILES_LOOKED_AT)
    missing = sum(not folder.place(row.id).is_file() for row in newest)
    if missing:
        text = f"{missing} of the newest {len(newest)} attachments are not in {folder.path}"
        remedy = "give all processes the same GUARDIA_ATTACHMENTS_DIR, or restore it with the database"
        yield _problem("attachments", text, remedy)


def of_journal(folder: Path) -> Iterator[Finding]:
    """Activations of customers that came while the database was away."""
    refused = folder / FOLDER / REFUSED
    if refused.exists():
        count = _counted(len(refused.read_text(encoding="utf-8").splitlines()), "activation")
        text = f"{count} came while the database was away and could not be made: {refused}"
        yield _problem("journal", text, "call those customers; then move the file away")
    if Journal(folder).waiting():
        text = "activations that came while the database was away are still to be made"
        yield _warning("journal", text, "they are made within seconds of `guardia web` reaching the database")


def of_public_url(settings: Settings) -> Iterator[Finding]:
    origin, parts = settings.public_origin, urlsplit(settings.public_origin)
    if not settings.uses_simulated_telephony and not _is_demo(settings) and parts.scheme != "https":
        text = f"Twilio cannot reach {origin}, nor can customers: calls would be silent"
        yield _problem("public url", text, "set GUARDIA_PUBLIC_URL to the https address of your TLS proxy")
    elif not settings.uses_simulated_telephony and parts.path:
        text = f"{origin} has a path, and Guardia's addresses begin at the root of a host"
        yield _problem("public url", text, "give it a host name of its own")
    elif len(origin) > LONGEST_ORIGIN:
        text = f"{origin} has {len(origin)} characters: links no longer fit into an SMS and are left out"
        yield _warning("public url", text, f"use a host name that makes it {LONGEST_ORIGIN} characters or fewer")
    else:
        yield _ok("public url", origin)


def of_redis(settings: Settings) -> Iterator[Finding]:
    where = _host(settings.redis_url) if settings.redis_url else "the embedded server"
    try:
        connection = queue.connect(settings.redis)
        connection.ping()
        connection.close()
    except (RedisError, ValueError) as error:
        remedy = "start it, or correct GUARDIA_REDIS_URL" if settings.redis_url else "start `guardia run`"
        text = f"{where} does not answer ({type(error).__name__}): the clock pages in its place, slower"
        yield _warning("redis", text, remedy)
        return
    yield _ok("redis", f"{where} answers")


def of_telephony(settings: Settings, accounts: Sequence[TwilioAccount]) -> Iterator[Finding]:
    """Asks the carrier who we are and how our numbers are set up; with the demo's credentials nobody outside."""
    if not accounts:
        yield _problem("telephony", "GUARDIA_TWILIO_AUTH_TOKEN is empty", "set your account's auth token")
        return
    if settings.uses_simulated_telephony:
        where = f"calls and texts go to {settings.twilio_api_url}, and to nobody's real telephone"
        yield _warning("telephony", where, "remove GUARDIA_TWILIO_API_URL when real people are to be paged")
    elif _is_demo(settings):
        text = "the demo's credentials: nobody's real telephone rings"
        yield _warning("telephony", text, "set GUARDIA_TWILIO_ACCOUNT_SID and GUARDIA_TWILIO_AUTH_TOKEN")
        return
    for account in accounts:
        yield from _said("carrier", carrier_checks.of_account(settings, account))


def of_fallback(settings: Settings) -> Iterator[Finding]:
    """Whether the carrier has somebody to turn to when the web process does not answer, and what was kept so."""
    spool = spool_of(settings.data_dir)
    if spool.refused_file.exists():
        count = _counted(len(spool.refused_file.read_text(encoding="utf-8").splitlines()), "answer")
        text = f"{count} by telephone could not be taken up: {spool.refused_file}"
        yield _problem("answers", text, "look at the tickets of that time; then move the file away")
    if waiting := spool.waiting_lines():
        text = f"{_counted(waiting, 'answer')} by telephone kept while the database was away, still to be taken up"
        yield _warning("answers", text, "they are, within seconds of `guardia web` reaching the database")
    if not settings.fallback_url:
        text = "calls fall back on the web process itself: key 4 is kept while the database is away, not while web is"
        yield _warning("fallback", text, "run `guardia fallback` and set GUARDIA_FALLBACK_URL to its https address")


def of_circuits(found: Mapping[tuple[str, str], Circuit], now: datetime) -> Iterator[Finding]:
    """Accounts that are left alone because most of what was handed to them failed."""
    for (name, channel), circuit in sorted(found.items()):
        if circuit.state(now) is not State.CLOSED:
            text = f"{name} fails with {channel} ({circuit.state(now).replace('_', ' ')}): the other account sends"
            yield _warning("carrier", text, "look at the carrier's status page and at the log of the workers")


def of_refusals(found: Iterable[Alarm]) -> Iterator[Finding]:
    """What the carrier has refused within a day for a reason that is ours."""
    for alarm in found:
        text = f"{alarm.channel} was refused {_counted(alarm.times, 'time')} with code {alarm.code}"
        remedy = f"look the code up (https://www.twilio.com/docs/api/errors/{alarm.code}) and correct the account"
        if alarm.standing:
            yield _problem("carrier", f"{text}, and nothing has got through since", remedy)
        else:
            yield _warning("carrier", f"{text}; others have got through since", remedy)


def _said(about: str, found: Iterable[pagerduty_checks.Found]) -> Iterator[Finding]:
    for level, text, remedy in found:
        yield Finding(Level(level), about, text, remedy)


def of_mail(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url.get_secret_value():
        yield _ok("mail", f"by SMTP, from {settings.mail_from}")
    else:
        text = f"mail is written to {settings.mail_dir} and sent to nobody"
        yield _warning("mail", text, "set GUARDIA_SMTP_URL, and GUARDIA_MAIL_FROM to an address of yours")


def of_mail_in(settings: Settings) -> Iterator[Finding]:
    """Customers answer our mails, whether anybody reads that or not."""
    if not settings.mail_in_address:
        text = "mail in is not configured: customers' answers by mail reach nobody, and nor do our bounces"
        yield _warning("mail in", text, "set GUARDIA_MAIL_IN_ADDRESS and let its mail come here, as docs/mail.md says")
    elif not settings.mail_port and not settings.mail_webhook_secrets:
        text = f"mail to {settings.mail_in_address} has no way in"
        yield _problem("mail in", text, "set GUARDIA_MAIL_PORT and run `guardia mail`, or GUARDIA_MAIL_WEBHOOK_SECRET")
    elif not settings.mail_trusted_host:
        text = f"{settings.mail_in_address}; no mail server vouches for senders, so only our token reopens a ticket"
        yield _ok("mail in", text)
    else:
        yield _ok("mail in", f"{settings.mail_in_address}; {settings.mail_trusted_host} vouches for senders")


# --- the database and what it holds


def of_database(settings: Settings) -> Iterator[Finding]:
    if (file := _sqlite_file(settings.database)) is not None and not file.exists():
        yield _problem("database", f"{file} is not there", "run `guardia db upgrade`")
        return
    database = wiring.database(settings, pool_size=1)
    try:
        yield from _of_schema_and_rows(database, settings)
    except SQLAlchemyError as error:
        text = f"{_host(settings.database)} does not answer as it should ({type(error).__name__})"
        yield _problem("database", text, "start it, or correct GUARDIA_DATABASE_URL; look at its own log")
    finally:
        database.dispose()


def _of_schema_and_rows(database: Database, settings: Settings) -> Iterator[Finding]:
    current, newest = migrate.current(database), migrate.newest()
    if current != newest:
        text = f"the schema is at {current or 'nothing'}, this program needs {newest}"
        yield _problem("database", text, "run `guardia db upgrade` with this version of the program")
        return
    yield _ok("database", f"{database.engine.dialect.name} answers, schema {current}")
    with database.reading() as session:
        now = now_of(session)
        yield from of_clock(heartbeat.last(session, clock.NAME), now)
        yield from of_kept_files(session, settings)
        yield from of_refusals(alarms.recent(session, now))
        yield from of_circuits(senders.circuits(session), now)
        try:
            in_force = read_in_force(session, settings, now)
        except ValidationError as error:
            first = error.errors()[0]
            text = f"what is stored cannot be read: {'.'.join(map(str, first['loc']))}: {first['msg']}"
            yield _problem("configuration", text, "write the object in a file and run `guardia apply`")
            return
    yield from of_configuration(in_force, settings)


def read_in_force(session: Session, settings: Settings, now: datetime) -> InForce:
    documents = store.load(session)
    config = parse(store.current_version(session), documents, settings)
    out_of_use = {person.id: disabled.methods_of(session, person) for person in config.oncall.people.values()}
    return InForce(
        config,
        documents,
        out_of_use,
        now,
        monitoring.never_heard(session, config),
        keys.missing(session, config),
        following.states(session, config, now),
        drills.practices(session, config, now),
    )


def of_clock(beaten_at: datetime | None, now: datetime) -> Iterator[Finding]:
    """Without a clock nothing happens by itself: no wait ends, no lost page is found."""
    if beaten_at is None:
        yield _problem("clock", "no clock is running: only the first page of an activation leaves", GUARDIA_RUN)
    elif now - beaten_at > CLOCK_STOPPED:
        silent = int((now - beaten_at).total_seconds())
        text = f"last heard of {silent} s ago: only the first page of an activation leaves"
        yield _problem("clock", text, f"{GUARDIA_RUN}; if it runs, look at its log and at the machine's time")
    else:
        yield _ok("clock", "heard of within the last seconds")


def of_configuration(in_force: InForce, settings: Settings) -> Iterator[Finding]:
    if not in_force.documents:
        yield _warning("configuration", "nothing is configured: nobody can activate and nobody is paged",
                       "write a file like examples/world.yaml and run `guardia apply FILE`")  # fmt: skip
        return
    yield from differing_from_environment(in_force.documents, settings)
    if not in_force.config.provider.emergency_phone:
        yield _warning("configuration", "there is no emergency phone to show when something is down",
                       "set provider.emergency_phone in the file, or GUARDIA_EMERGENCY_PHONE")  # fmt: skip
    yield from people_without_a_phone(in_force)
    yield from methods_out_of_use(in_force)
    yield from coverage_gaps(in_force)
    yield from callers_without_a_schedule(in_force, settings)
    yield from policies_that_reach_nobody(in_force)
    yield from _said("pagerduty", pagerduty_checks.of_services(in_force.config, settings))
    yield from _said(
        "pagerduty", pagerduty_checks.of_account(in_force.config, settings, pagerduty_checks.client(settings))
    )
    yield from _said("pagerduty", pagerduty_checks.of_rotas(in_force.rotas, settings, in_force.now))
    yield from machines_that_are_silent(in_force)
    yield from plans_without_a_drill(in_force, settings)


def differing_from_environment(documents: Iterable[store.Document], settings: Settings) -> Iterator[Finding]:
    """Where both say something, the environment wins."""
    said = {
        "name": settings.provider_name,
        "emergency_phone": settings.emergency_phone,
        "timezone": settings.timezone,
        "language": settings.language,
    }
    bodies = [d.body for d in documents if d.section == "provider" and not d.archived]
    written: Mapping[str, Any] = bodies[0] if bodies else {}
    for key, value in said.items():
        if value and written.get(key) not in (None, value):
            variable = "GUARDIA_" + {"name": "PROVIDER_NAME"}.get(key, key.upper())
            text = f"{variable} is {value!r} and provider.{key} in the file {written[key]!r}: the environment wins"
            yield _warning("provider", text, "make them say the same, or remove one of them")


def people_without_a_phone(in_force: InForce) -> Iterator[Finding]:
    people = in_force.config.oncall.people.values()
    without = [
        person
        for person in people
        if not any(m.verified and m.channel in PHONE_CHANNELS for m in person.contact_methods)
    ]
    for person in without:
        text = f"{person.name} ({person.id}) has no verified telephone"
        yield _warning("people", text, "add a contact method of channel sms or voice with verified: true")
    if people and not without:
        yield _ok("people", f"{_counted(len(people), 'person', 'people')}, each with a verified telephone")


def methods_out_of_use(in_force: InForce) -> Iterator[Finding]:
    for person in in_force.config.oncall.people.values():
        found = in_force.out_of_use[person.id]
        for method in person.contact_methods:
            if method.channel == "sms" and method.address in found.opted_out:
                text = f"{person.name} ({person.id}) has answered STOP: no text message reaches {method.id}"
                yield _warning("people", text, "ask them to send START to our number")
            elif method.id in found.method_ids:
                text = f"the carrier says that {method.id} of {person.name} ({person.id}) is no working number"
                yield _warning("people", text, "correct the address and apply the file")


def coverage_gaps(in_force: InForce) -> Iterator[Finding]:
    """The gaps that managers are warned of: of schedules that a policy pages, where a step would reach nobody."""
    config, ahead = in_force.config, COVERAGE_AHEAD
    by_schedule: dict[str, list[Gap]] = {}
    for gap in gaps_ahead(config, in_force.now, ahead):
        by_schedule.setdefault(gap.schedule, []).append(gap)
    for schedule_id, found in by_schedule.items():
        first, timezone = found[0], config.oncall.schedules[schedule_id].timezone
        span = f"{_local(first.from_at, timezone)} to {_local(first.to_at, timezone)}"
        more = f" ({_counted(len(found), 'gap')} within {ahead.days} days)" if len(found) > 1 else ""
        text = f"nobody is on call on {schedule_id} from {span}{more}"
        yield _warning("coverage", text, "give the shift on the coverage page, or correct the rota")
    used = used_schedules(config.policies.values(), config.oncall)
    covered = [id_ for id_ in used if config.oncall.schedules[id_].gap_warnings and id_ not in by_schedule]
    if covered:
        yield _ok("coverage", f"{_counted(len(covered), 'schedule')} without a gap for {ahead.days} days")


def callers_without_a_schedule(in_force: InForce, settings: Settings) -> Iterator[Finding]:
    named = settings.callers_schedule
    if named and named not in in_force.config.oncall.schedules:
        text = f"GUARDIA_CALLERS_SCHEDULE names {named!r}, which is no schedule: callers are put through to nobody"
        yield _problem("callers", text, "name one of the schedules, or leave it empty")


def policies_that_reach_nobody(in_force: InForce) -> Iterator[Finding]:
    """At this instant. A step is skipped at once, so a warning; without a last resort there is nobody left."""
    sound = 0
    for policy in in_force.config.policies.values():
        found = [
            _warning(
                "policies",
                f"step {number} of {policy.id} would reach nobody now: {why}",
                "put somebody on call, verify a contact method, or name somebody else",
            )
            for number, step in enumerate(policy.steps, 1)
            if (why := _unreached(step.notify, policy.urgency, in_force)) is not None
        ]
        why = _unreached(policy.last_resort.notify, policy.urgency, in_force, last_resort=True)
        if why is not None:
            text = f"the last resort of {policy.id} would reach nobody now: {why}"
            found.append(_problem("policies", text, "name a person with a verified telephone there"))
        sound += not found
        yield from found
    if sound:
        yield _ok("policies", f"{_counted(sound, 'policy', 'policies')} whose every step reaches somebody now")


def machines_that_are_silent(in_force: InForce) -> Iterator[Finding]:
    """A job that never calls is watched all the same; whoever set it up should know before the customer does."""
    for name in in_force.without_a_key:
        yield _warning("monitoring", f"{name} has no key: nothing can call", "run `guardia apply` of the file again")
    for job, expected_at in in_force.never_heard:
        at = f"; expected {_local(expected_at, in_force.config.provider.timezone)}" if expected_at else ""
        text = f"nothing has ever called for the heartbeat {job.id} ({job.job}){at}"
        yield _warning("monitoring", text, "put its address into the job's script; an administrator makes a new key")
    watched = len(in_force.config.heartbeats)
    if watched and not in_force.never_heard:
        yield _ok("monitoring", f"{_counted(watched, 'heartbeat')}, each heard of")


def plans_without_a_drill(in_force: InForce, settings: Settings) -> Iterator[Finding]:
    """Without GUARDIA_DRILL_MONTHS none is asked for."""
    months = settings.drill_months
    late = overdue(in_force.practices, months, in_force.now)
    for one in late:
        since = f"since {_local(one.last_at, in_force.config.provider.timezone)}" if one.last_at else "ever"
        text = f"no drill of {one.key.customer}/{one.key.plan} ({one.plan_name}) {since}"
        planned = f"one is planned for {_local(one.next_at, in_force.config.provider.timezone)}" if one.next_at else ""
        yield _warning("drills", text, planned or "plan one on the console, under Drills and plans")
    if in_force.practices and months and not late:
        plans = _counted(len(in_force.practices), "plan")
        yield _ok("drills", f"{plans}, each rehearsed or new within {months} months")


def _unreached(
    targets: Sequence[Target], urgency: Urgency, in_force: InForce, *, last_resort: bool = False
) -> str | None:
    """Why the targets reach nobody at this instant; None when they reach somebody."""
    world = in_force.config.oncall
    found = resolve_targets(targets, world, in_force.now, page_the_absent=last_resort)
    people = [world.people[one.person_id] for one in found.people]
    if any(_can_be_sent_to(person, urgency, in_force) for person in people):
        return None
    services = in_force.config.pagerduty
    if any(services[id_].configured for id_ in found.pagerduty if id_ in services):
        return None
    names = {person.id: person.name for person in world.people.values()}
    return "; ".join(_reasons(people, found.skipped, names)) or "PagerDuty alone, which is not set up"


def _reasons(people: Iterable[Person], skipped: Iterable[NotPaged], names: Mapping[str, str]) -> Iterator[str]:
    for person in people:
        yield f"{person.name} has no contact method that could be used"
    for skip in skipped:
        yield describe_skip(skip, "en", names)


def _can_be_sent_to(person: Person, urgency: Urgency, in_force: InForce) -> bool:
    out_of_use = in_force.out_of_use[person.id]
    plan = contact_plan.plan(
        person,
        urgency,
        in_force.config.oncall.defaults,
        in_force.now,
        out_of_use.method_ids,
        out_of_use.opted_out,
        pagerduty_methods.stopped(person, in_force.config.pagerduty, drill=False),
    )
    return bool(plan.contacts)


# --- words


def _ok(about: str, text: str) -> Finding:
    return Finding(Level.OK, about, text)


def _warning(about: str, text: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, about, text, remedy)


def _problem(about: str, text: str, remedy: str) -> Finding:
    return Finding(Level.PROBLEM, about, text, remedy)


def _counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _local(at: datetime, timezone: str) -> str:
    return f"{to_local(at, timezone):%a %Y-%m-%d %H:%M}"


def _is_demo(settings: Settings) -> bool:
    return settings.twilio_account_sid == DEMO_ACCOUNT_SID


def _host(url: str) -> str:
    """Where it is, without the password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}" if parts.hostname else url


def _sqlite_file(url: str) -> Path | None:
    parsed = make_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)) if is_file else None
