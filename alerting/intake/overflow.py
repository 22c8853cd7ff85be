"""An error output that is too long to be read in a ticket becomes a file of it (S-3.A2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerting.attachments.limits import Refused
from alerting.attachments.service import Prepared, Store
from alerting.intake.schema import Told
from alerting.intake.secrets import redacted
from alerting.notifications.wording import Language

LONGEST = 200_000
SHOWN = 4_000
NAME = "error_output.txt"
_REST: Mapping[Language, str] = {
    "es": "[… continúa en el adjunto {name}]",
    "en": "[… goes on in the attachment {name}]",
}


def spilled(told: Told, store: Store, language: Language) -> tuple[Told, Sequence[Prepared]]:
    """With the beginning of the output, and the whole of it, secrets taken out, as a file. When no file can be kept,
    as much of it as a ticket holds: nobody is kept from opening one."""
    output = told.error_output or ""
    if len(output) <= LONGEST:
        return told, ()
    try:
        file = store.prepare_text(NAME, redacted(output))
    except Refused:
        return told.model_copy(update={"error_output": output[:LONGEST]}), ()
    rest = _REST[language].format(name=NAME)
    return told.model_copy(update={"error_output": f"{output[:SHOWN]}\n{rest}"}), (file,)
