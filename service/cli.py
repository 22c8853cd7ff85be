"""Every verb of an operator: `guardia …`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import click
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from alerting.configuration import Configurations
from core.accounts import service as accounts
from core.audit import log as audit_log
from core.ids import parse_reference
from core.logs import configure
from core.queue import QUEUES
from core.settings import (
    DEMO_PAGERDUTY_API_KEY,
    DEMO_PAGERDUTY_ROUTING_KEY,
    DEMO_PAGERDUTY_WEBHOOK_SECRET,
    Settings,
)
from core.time import now
from deadman import __main__ as watchdog_process
from service import (
    demo_data,
    doctor,
    failures,
    migrate,
    processes,
    simulate,
    supervisor,
    testing,
    version,
    whoison,
    wiring,
)
from service.configuration import commands as configuration
from service.configuration.problems import did_you_mean
from simulator import __main__ as simulator_process


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Guardia: one button, and an engineer calls the customer back."""


def main() -> None:
    """Entry point; what an operator can put right is an error message, not a stack of Python."""
    try:
        cli()
    except ValidationError as error:
        if (said := failures.of_settings(error)) is None:
            raise
        _fail(f"refused to start:\n{said}")
    except DBAPIError as error:
        _fail(failures.of_database(error))
    except OSError as error:
        if error.filename is None:
            raise
        _fail(f"cannot use {error.filename}: {error.strerror}; see GUARDIA_DATA_DIR")


@cli.command()
@click.option("--port", type=int, help="Port of the web pages and the API (GUARDIA_PORT, 8000).")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where everything is kept (GUARDIA_DATA_DIR, var).")
@click.option("--simulator/--no-simulator", default=True, help="Simulated telephones beside the service.")
@click.option("--demo-data/--no-demo-data", default=True, help="The example world, with logins.")
@click.option("--config", type=click.Path(path_type=Path, exists=True), help="Demo data from another file.")
def run(port: int | None, data_dir: Path | None, simulator: bool, demo_data: bool, config: Path | None) -> None:
    """The whole service in the foreground, until Ctrl-C."""
    if port is not None:
        os.environ["GUARDIA_PORT"] = str(port)
    if data_dir is not None:
        os.environ["GUARDIA_DATA_DIR"] = str(data_dir)
    _run(simulator=simulator, with_demo_data=demo_data, config=config)


@cli.command()
def web() -> None:
    """The web process: pages, API, webhooks."""
    processes.web()


@cli.command()
def fallback() -> None:
    """What the carrier asks when `web` does not answer (GUARDIA_FALLBACK_URL); needs neither database nor Redis."""
    processes.fallback()


@cli.command()
@click.argument("queue", type=click.Choice(QUEUES), default="pages")
def worker(queue: str) -> None:
    """One worker for one queue: pages (default) or notices."""
    processes.worker(queue)  # type: ignore[arg-type]  # click has checked the choice


@cli.command()
def clock() -> None:
    """The clock: hands out what is due."""
    processes.clock()


@cli.command()
def mail() -> None:
    """The SMTP listener: mail from customers, passed on by your mail server."""
    if not Settings().mail_port:
        _fail("GUARDIA_MAIL_PORT is 0, so no mail comes in by SMTP; set it to a port such as 8025")
    processes.mail()


@cli.command()
@click.option("--test", "send_test", is_flag=True, help="Send a test page by every way, and end.")
def watchdog(send_test: bool) -> None:
    """The dead-man switch: calls the last resort by ways of its own when the service cannot page. Belongs on another
    machine."""
    sys.exit(watchdog_process.main(["--test"] if send_test else []))


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulator(arguments: Sequence[str]) -> None:
    """Simulated telephones (never in production)."""
    sys.exit(simulator_process.main(arguments))


@cli.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the schema up to date."""
    before, after = migrate.upgrade(wiring.database(processes.logging_settings()))
    click.echo(f"schema is at {after}" if before == after else f"schema: {before or 'empty'} -> {after}")


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--dry-run", is_flag=True, help="Show the difference and change nothing.")
@click.option("--prune", is_flag=True, help="Archive also what was made in the console.")
def apply(files: Sequence[Path], dry_run: bool, prune: bool) -> None:
    """Make the configuration as the files say."""
    sys.exit(
        configuration.apply_files(
            wiring.database(processes.logging_settings()), list(files), dry_run, prune, sys.stdout
        )
    )


@cli.command()
def export() -> None:
    """The configuration in force, as a file that `apply` takes."""
    sys.exit(configuration.export(wiring.database(processes.logging_settings()), sys.stdout))


@cli.group()
def user() -> None:
    """People who may sign in."""


@user.command("add")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, help="May be given several times.")
@click.option("--customer", help="Id of the customer whose things they may see; staff has none.")
def user_add(email: str, roles: Sequence[str], customer: str | None) -> None:
    """Add a user; prints a link that signs in once. For a user who is there with just these roles, a new link."""
    settings = processes.logging_settings()
    try:
        wanted = accounts.ConfiguredUser(email=email, roles=tuple(roles), customer=customer)
        with wiring.database(settings).transaction() as session:
            at = now(session)
            _check_customer(wanted.customer, Configurations(settings).current(session).customers)
            found = accounts.find_user(session, wanted.email)
            if found is None or (found.roles, found.customer_id) != (list(wanted.roles), wanted.customer):
                accounts.add_user(session, wanted, at)
            link = accounts.sign_in_link(session, email, at)
    except (ValueError, accounts.UserExists) as error:
        _fail(str(error))
    click.echo(f"{settings.public_origin}/sign-in/{link}")


@cli.group()
def token() -> None:
    """API tokens."""


@token.command("create")
@click.option("--for", "email", required=True, help="The user whose roles and customer the token has.")
@click.option("--name", default="cli", help="What it is for.")
def token_create(email: str, name: str) -> None:
    """Print a new token: this once, and alone."""
    try:
        with wiring.database(processes.logging_settings()).transaction() as session:
            made = accounts.create_token(session, email, name, now(session))
    except accounts.UnknownUser as error:
        _fail(str(error))
    click.echo(made)


@cli.group()
def log() -> None:
    """The escalation log."""


@log.command()
@click.argument("references", nargs=-1)
def verify(references: Sequence[str]) -> None:
    """Check the hash chains of the named tickets, or all of them."""
    settings = processes.logging_settings()
    with wiring.database(settings).reading() as session:
        prefix = Configurations(settings).current(session).provider.reference_prefix
        subjects: list[str | None] = [_chain(session, text, prefix) for text in references] or [None]
        findings = [finding for subject in subjects for finding in audit_log.verify(session, subject)]
        chains = len(audit_log.heads(session))
    for finding in findings:
        click.echo(str(finding))
    if findings:
        sys.exit(1)
    click.echo(f"{len(references) or chains} chains verified, nothing was changed")


@cli.command("whoison")
@click.argument("schedule")
@click.option("--at", help="RFC 3339; without an offset, on the schedule's own clock. Now if left out.")
def who_is_on(schedule: str, at: str | None) -> None:
    """Who is on call on a schedule, and why."""
    settings = processes.logging_settings()
    with wiring.database(settings).reading() as session:
        try:
            for line in whoison.answer(session, Configurations(settings).current(session), schedule, at, now(session)):
                click.echo(line)
        except whoison.NotAsked as error:
            _fail(str(error))


@cli.command("simulate")
@click.argument("policy")
@click.option("--at", required=True, help="RFC 3339; without an offset, on the provider's own clock.")
@click.option(
    "--acknowledge", "yes", multiple=True, metavar="PERSON=SPAN", help="Who says yes, how long after: borja=4m."
)
@click.option("--decline", "no", multiple=True, metavar="PERSON=SPAN", help="Who cannot; may be given several times.")
@click.option("--drill", is_flag=True, help="As a drill: one round, no last resort.")
def simulate_policy(policy: str, at: str, yes: Sequence[str], no: Sequence[str], drill: bool) -> None:
    """Who would be paged for an activation at an instant, by what, when and why. Nothing is sent or stored."""
    settings = processes.logging_settings()
    said: list[tuple[str, simulate.Says]] = [
        *((text, "acknowledge") for text in yes),
        *((text, "decline") for text in no),
    ]
    with wiring.database(settings).reading() as session:
        config = Configurations(settings).current(session)
        try:
            for line in simulate.answer(session, config, policy, at, said, drill=drill):
                click.echo(line)
        except whoison.NotAsked as error:
            _fail(str(error))


@cli.command("test")
@click.argument("person")
@click.option("--wait", default=60, show_default=True, help="Seconds to wait for an answer; 0 only sends.")
def test_page(person: str, wait: int) -> None:
    """Send a test page to every telephone and mailbox of a person. It is no incident: key 4, or the reply that the
    message names, confirms it. Exits with 1 when nobody confirmed in time."""
    runtime = wiring.runtime(processes.logging_settings())
    try:
        sent = testing.send(runtime, person)
    except whoison.NotAsked as error:
        _fail(str(error))
    for one in sent:
        click.echo(testing.line(one))
    for changed in testing.outcomes(runtime, sent, wait):
        click.echo(changed)
    if wait and not testing.is_confirmed(runtime, sent):
        _fail(f"nobody confirmed within {wait} s; a later answer is shown on the desk of {person}")


@cli.command("doctor")
def examine() -> None:
    """Check everything that a page needs; each finding with its remedy."""
    settings, in_production = doctor.read_settings()
    configure(settings)
    findings = []
    for finding in doctor.examined(settings, in_production=in_production):
        click.echo(str(finding))
        findings.append(finding)
    click.echo(doctor.summary(findings))
    if any(finding.level is doctor.Level.PROBLEM for finding in findings):
        sys.exit(1)


@cli.command("version")
def show_version() -> None:
    """Version of the program and of the schema."""
    click.echo(f"guardia {version.text()}, schema {migrate.newest()}")


def _chain(session: Session, text: str, prefix: str) -> str:
    """The chain that somebody means, so that nobody is told that all is well with one that does not exist."""
    subject = parse_reference(text, prefix) or text
    if not audit_log.read(session, subject, limit=1):
        _fail(f"there is no log of {text!r}; write a ticket's reference, such as {prefix}-0000013")
    return subject


def _check_customer(customer: str | None, known: Iterable[str]) -> None:
    if customer is not None and customer not in known:
        raise ValueError(f"there is no customer {customer!r}; {did_you_mean(customer, known)}")


def _run(*, simulator: bool, with_demo_data: bool, config: Path | None) -> None:
    settings = Settings()
    port = None
    if simulator and settings.environment == "production":
        _fail("production refuses the simulator: add --no-simulator")
    if with_demo_data and settings.environment == "production":
        _fail("production refuses the demo data: add --no-demo-data")
    if simulator and not settings.twilio_api_url:
        port = supervisor.free_port()
        os.environ |= _simulated(settings, f"http://127.0.0.1:{port}")
        settings = Settings()
    sys.exit(
        supervisor.serve(
            settings,
            simulator_port=port,
            demo_data=demo_data.path(config) if with_demo_data else None,
            say=lambda text: click.echo(text, err=True),
            announce=lambda: _announce(settings, with_demo_data),
        )
    )


def _simulated(settings: Settings, url: str) -> dict[str, str]:
    """The telephones' address, and that of the PagerDuty beside them unless a real one is set up."""
    telephones = {"GUARDIA_TWILIO_API_URL": url}
    if any(name.startswith("pagerduty_") for name in settings.model_fields_set):
        return telephones
    return telephones | {
        "GUARDIA_PAGERDUTY_EVENTS_URL": url,
        "GUARDIA_PAGERDUTY_API_URL": url,
        "GUARDIA_PAGERDUTY_ROUTING_KEY": DEMO_PAGERDUTY_ROUTING_KEY,
        "GUARDIA_PAGERDUTY_API_KEY": DEMO_PAGERDUTY_API_KEY,
        "GUARDIA_PAGERDUTY_WEBHOOK_SECRET": DEMO_PAGERDUTY_WEBHOOK_SECRET,
    }


def _announce(settings: Settings, with_demo_data: bool) -> None:
    click.echo(f"Guardia          {settings.public_origin}")
    if settings.uses_simulated_telephony:
        click.echo(f"telephones       {settings.twilio_api_url}/simulator/phones   (simulated)")
    if settings.pagerduty_events_url:
        click.echo(f"PagerDuty        {settings.pagerduty_events_url}/simulator/pagerduty   (simulated)")
    click.echo(
        f"mail             {(settings.smtp_url.get_secret_value() and 'by SMTP') or settings.mail_dir.resolve()}"
    )
    if with_demo_data:
        click.echo("sign in with     " + demo_data.logins(settings))
        if (file := demo_data.keys_file(settings)) is not None:
            click.echo(f"machines call    the addresses in {file.resolve()}")
    click.echo("Ctrl-C stops everything.")


def _fail(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
