"""`python -m bench`: measure, print the table, write the file. `profile`: where the time goes; `oncall`: the rota."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import click
from click import echo

from bench import oncall as rota
from bench import profiling, report, run
from bench.durability import NotDurable
from bench.processes import DidNotStart
from bench.product import CannotRun, NotAtRest
from bench.run import Options

SMOKE = {"blocks": 2, "samples": 20, "bursts": 2, "burst": 20}
SHOWN_FAULTS = 10


@click.group(invoke_without_command=True)
@click.option("--blocks", default=10, show_default=True, help="Blocks of each side; made even.")
@click.option("--samples", default=200, show_default=True, help="Requests in a block.")
@click.option("--bursts", default=2, show_default=True, help="Bursts of each side; made even.")
@click.option("--burst", default=200, show_default=True, help="Requests in a burst, all at once.")
@click.option("--postgres", metavar="URL", help="An empty PostgreSQL database instead of SQLite.")
@click.option("--quick", is_flag=True, help="A smoke test of seconds; its figures mean nothing.")
@click.pass_context
def main(
    context: click.Context, blocks: int, samples: int, bursts: int, burst: int, postgres: str | None, quick: bool
) -> None:
    """From the activation POST to the first request at the carrier, as a ratio to a floor of the same run."""
    if context.invoked_subcommand is not None:
        return
    asked = {"blocks": _even(blocks), "samples": samples, "bursts": _even(bursts), "burst": burst}
    sys.exit(_measured(Options(**(SMOKE if quick else asked), postgres=postgres, smoke=quick)))


@main.command()
@click.option("--requests", default=300, show_default=True, help="Activations under the profiler.")
@click.option("--lines", default=30, show_default=True, help="Lines of each list.")
def profile(requests: int, lines: int) -> None:
    """Where one activation and one delivery spend their time, in one process."""
    run.forget_the_shell()
    with _folder() as folder:
        profiling.show(Path(folder), requests, lines)


@main.command()
@click.option("--blocks", default=6, show_default=True, help="Blocks of each side; made even.")
@click.option("--quick", is_flag=True, help="A smoke test of seconds; its figures mean nothing.")
def oncall(blocks: int, quick: bool) -> None:
    """Who is on call, of one schedule and of ten thousand; a month of shifts, a year of gaps."""
    with _folder() as folder:
        found = rota.measure(2 if quick else _even(blocks), 200 if quick else rota.SCHEDULES)
        echo(rota.table(found))
        if not found.measurable and not quick:
            echo("not measurable: the machine is too noisy, more than 30 % of the blocks were discarded")
        if quick:
            echo("A smoke test: these figures mean nothing.")
        echo(f"{found.discarded} of {found.wanted + found.discarded} blocks discarded")
        echo(f"written to {rota.write(found, Path(folder))}")


def _measured(options: Options) -> int:
    """1 when something was lost or doubled, or nothing could be measured; a missed goal is a result."""
    run.forget_the_shell()
    with _folder() as folder:
        try:
            found = asyncio.run(run.measure(options, Path(folder), lambda line: echo(line, err=True)))
        except (CannotRun, NotAtRest, NotDurable, DidNotStart, TimeoutError, OSError, RuntimeError) as error:
            echo(f"the benchmark could not be made: {type(error).__name__}: {error}", err=True)
            return 1
        facts = report.machine(Path(folder))
    lines = report.measures(found, options)
    echo(report.table(lines))
    echo(_remarks(found, options, facts))
    echo(f"written to {report.write(found, lines, options, facts)}")
    return 1 if found.faults else 0


def _remarks(found: run.Found, options: Options, facts: dict[str, object]) -> str:
    said = [
        f"{found.durability}; {facts['cores']} cores, load {facts['load_average']}, {facts['filesystem']}; "
        f"{found.per_second:.1f} requests per second; {found.gate.discarded} blocks discarded of "
        f"{found.gate.wanted + found.gate.discarded}"
    ]
    if options.smoke:
        said.append("A smoke test: noise was not minded, and these figures mean nothing.")
    elif not found.measurable:
        said.append(f"not measurable: {_why_not(found)}")
    said += [f"FAULT {fault}" for fault in found.faults[:SHOWN_FAULTS]]
    said.append(f"{len(found.faults)} faults" if found.faults else "Nothing was lost, nothing was sent twice.")
    return "\n".join(said)


def _why_not(found: run.Found) -> str:
    if found.restarted:
        return "; ".join(found.restarted)
    if not found.gate.measurable:
        return "the machine is too noisy, more than 30 % of the blocks were discarded"
    return f"the sink takes {found.sink_per_second:.0f} requests per second; {run.SINK_ENOUGH:.0f} are needed"


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="guardia-bench-", dir="/tmp")


def _even(number: int) -> int:
    return max(2, number + number % 2)


if __name__ == "__main__":
    main()
