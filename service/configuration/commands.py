"""What `guardia apply` and `guardia export` do, with their words and exit codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from sqlalchemy.orm import Session

from alerting.configuration import parse
from alerting.monitoring import keys
from alerting.monitoring import service as monitoring
from alerting.monitoring.keys import MadeKey
from alerting.work import working
from core.db import Database
from core.documents import store
from core.queue import take_nudges
from core.settings import Settings
from core.time import now
from service.configuration.apply import apply
from service.configuration.document import read_file
from service.configuration.export import exported
from service.configuration.objects import WORD
from service.configuration.plan import Plan, plan_apply
from service.configuration.problems import Problem, Problems
from service.configuration.running import running_policies

APPLIED, REFUSED = 0, 1
KEY_LINE = "  key of "

VERB = {"create": "created", "update": "changed", "archive": "archived", "restore": "restored"}


def apply_files(database: Database, paths: Iterable[Path], dry_run: bool, prune: bool, out: TextIO) -> int:
    """Read, check and apply in one transaction; the exit code. Keys of new heartbeats and integrations are printed this
    once, and stand nowhere else."""
    sources = [read_file(path) for path in paths]
    settings = Settings()
    with database.transaction() as session:
        store.hold(session)  # until the end: the plan is made from what it then changes
        planned = plan_apply(sources, store.load(session), prune, running_policies(session))
        if isinstance(planned, Problems):
            _print_refusal(planned.problems, out)
            return REFUSED
        # A dry run does it all and takes it back: what it says about due times is what would happen.
        with session.begin_nested() as trial:
            moved = apply(session, planned, now(session), settings)
            made = [] if dry_run else _keys(session, settings)
            if dry_run:
                trial.rollback()
                take_nudges(session)
    _print_plan(planned, dry_run, out)
    for one in moved:
        print(f"  due time of {one.reference} ({one.metric}): {_shown(one.before)} -> {_shown(one.after)}", file=out)
    for key in made:
        print(_key_line(key, settings), file=out)
    print(_summary(planned, dry_run), file=out)
    return APPLIED


def export(database: Database, out: TextIO) -> int:
    with database.reading() as session:
        out.write(exported(store.load(session)))
    return APPLIED


def _keys(session: Session, settings: Settings) -> list[MadeKey]:
    """Of what has none yet; what had none is not watched yet either."""
    at, config = now(session), parse(store.current_version(session), store.load(session), settings)
    made = keys.make_missing(session, config, at)
    if made:
        with working(session, at, config) as work:
            monitoring.watch(work)
    return made


def _key_line(made: MadeKey, settings: Settings) -> str:
    return f"{KEY_LINE}{WORD[made.section]} {made.object_id}: {made.key} - {settings.public_origin}{made.path}"


def _print_refusal(problems: Sequence[Problem], out: TextIO) -> None:
    for problem in problems:
        print(problem, file=out)
    counted = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    print(f"refused: {counted}; nothing was changed", file=out)


def _print_plan(plan: Plan, dry_run: bool, out: TextIO) -> None:
    for line in plan.difference:
        print(line, file=out)
    for section, object_id in plan.kept_console_objects:
        print(f"  kept: {section} {object_id} was made in the console; --prune archives it", file=out)
    for warning in plan.warnings:
        print(f"warning: {warning}", file=out)


def _shown(at: datetime | None) -> str:
    return "none while it waits" if at is None else at.isoformat(timespec="minutes")


def _summary(plan: Plan, dry_run: bool) -> str:
    if not plan.changes:
        return "no difference"
    counted = Counter(change.kind for change in plan.changes)
    text = ", ".join(f"{number} {VERB[kind]}" for kind, number in counted.items())
    return f"dry run, nothing was changed: {text}" if dry_run else text
