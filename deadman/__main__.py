"""`python -m deadman`, the same as `guardia watchdog`: for a machine that has nothing else of the service."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pydantic import ValidationError

from deadman import process
from deadman.memory import AnotherOne
from deadman.settings import WatchdogSettings, refused


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. `--test` sends a test page by every way and ends."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given not in ([], ["--test"]):
        sys.stderr.write("usage: watchdog [--test]\n")
        return 2
    try:
        settings = WatchdogSettings()
        if given:
            return 0 if process.send_test(settings) else 1
        process.run(settings)
    except ValidationError as error:
        sys.stderr.write(f"refused to start:\n{refused(error)}\n")
        return 1
    except AnotherOne as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"cannot use {error.filename}: {error.strerror}; see GUARDIA_WATCHDOG_STATE_FILE\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
