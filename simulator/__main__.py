"""`python -m simulator`: the network in the foreground, until SIGTERM or Ctrl-C."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simulator.config import SimulatorConfig, SimulatorRefused, settings_from
from simulator.profiles import read_profiles
from simulator.server import serve


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        serve(configuration(arguments), ready=_announce)
    except SimulatorRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    return 0


def configuration(arguments: Sequence[str] | None = None) -> SimulatorConfig:
    """The command line first, then the environment, then the defaults."""
    given = {name: value for name, value in vars(_parser().parse_args(arguments)).items() if value is not None}
    profile_file: Path | None = given.pop("profile_file", None)
    speed: float = given.pop("speed", 1.0)
    config = SimulatorConfig(**{**settings_from(os.environ), **given}).faster(speed)
    if profile_file is None:
        return config
    profiles = read_profiles(profile_file)
    return replace(config, default_profile=profiles.default, profiles=profiles.phones)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, help="0: any free one")
    parser.add_argument("--account-sid")
    parser.add_argument("--auth-token", help="also from GUARDIA_TWILIO_AUTH_TOKEN")
    parser.add_argument("--api-key")
    parser.add_argument("--api-secret")
    parser.add_argument("--number", help="our own number")
    parser.add_argument("--number-sms-url", dest="sms_url", help="where SMS to our number are posted")
    parser.add_argument("--number-voice-url", dest="voice_url", help="where calls to our number are posted")
    parser.add_argument("--profile-file", type=Path, help="how the telephones behave (YAML)")
    parser.add_argument("--speech-seconds-per-word", type=float)
    parser.add_argument("--pause-factor", type=float)
    parser.add_argument("--calls-per-second", type=float)
    parser.add_argument("--speed", type=_above_zero, help="how many times faster than real: 10 makes 30 s three")
    return parser


def _above_zero(text: str) -> float:
    if (number := float(text)) > 0:
        return number
    raise argparse.ArgumentTypeError(f"{text} is not above 0")


def _announce(url: str) -> None:
    sys.stdout.write(f"simulated telephone network: {url} (telephones: {url}/simulator/phones)\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
