"""The example world for tests with real processes: the people and customers of examples/demo.yaml, with policies whose
waits are a second where the wait is the test, and a minute where nothing must come in between."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DEMO = Path(__file__).parents[2] / "examples" / "demo.yaml"
SOON, LATER = "1s", "60s"

ANA, BORJA, CLARA, CAROL = {"person": "ana"}, {"person": "borja"}, {"person": "clara"}, {"person": "carol"}

# Of Hotel Sol: plan, its name, and the policy behind it.
PLANS: dict[str, tuple[str, list[tuple[list[dict[str, str]], str]], dict[str, Any]]] = {
    "erp-restore": ("Restauración del ERP", [([ANA], SOON), ([BORJA], LATER), ([CLARA], LATER)], {}),
    "mail-restore": ("Restauración del correo", [([ANA], LATER), ([BORJA], LATER), ([CLARA], LATER)], {}),
    "files-restore": ("Restauración de ficheros", [([ANA, BORJA], LATER)], {}),
    "phone-restore": ("Centralita", [([ANA], LATER), ([BORJA], LATER)], {"contact_within": "2s"}),
    "quick-restore": (
        "Restauración rápida",
        [([ANA], SOON), ([BORJA], SOON)],
        {"rounds": 1, "last_resort": {"notify": [CLARA], "every": "1s"}},
    ),
}
BANCO_NORTE_ALWAYS = "cloud-restore"  # covered at all hours, and answered by Carol in English
BANCO_NORTE_QUEUED = "core-restore"  # covered in office hours, and the office never opens while a test runs


def written(folder: Path) -> Path:
    """The world as a configuration file."""
    world = YAML(typ="safe").load(DEMO.read_text(encoding="utf-8"))
    world["calendars"].append(_closed_this_week())
    world["escalation_policies"] = [_policy(plan, steps, more) for plan, (_, steps, more) in PLANS.items()]
    world["escalation_policies"].append(_policy(BANCO_NORTE_ALWAYS, [([CAROL], LATER), ([BORJA], LATER)], {}))
    hotel, banco = world["customers"]
    hotel["contract"]["default_escalation_policy"] = "erp-restore"
    hotel["plans"] = [_plan(plan, name, "backup", plan) for plan, (name, _, _) in PLANS.items()]
    banco["contract"] |= {"calendar": "closed", "coverage": {"backup": "business", "cloud": "24x7"}}
    banco["plans"] = [
        _plan(BANCO_NORTE_ALWAYS, "Cloud restore", "cloud", BANCO_NORTE_ALWAYS),
        _plan(BANCO_NORTE_QUEUED, "Core banking restore", "backup", BANCO_NORTE_ALWAYS),
    ]
    world["users"].append({"email": "carol@itsafer.example", "person": "carol", "roles": ["engineer"]})
    file = folder / "world.yaml"
    with file.open("w", encoding="utf-8") as out:
        YAML(typ="safe").dump(world, out)
    return file


def _policy(id_: str, steps: list[tuple[list[dict[str, str]], str]], more: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": id_,
        "urgency": "critical",
        "steps": [{"notify": notify, "wait": wait} for notify, wait in steps],
        "rounds": 2,
        "contact_within": "60s",
        "last_resort": {"notify": [CLARA], "every": LATER},
    } | more


def _plan(id_: str, name: str, component: str, policy: str) -> dict[str, Any]:
    return {"id": id_, "name": name, "component": component, "priority": "P1", "escalation_policy": policy}


def _closed_this_week() -> dict[str, Any]:
    today = date.today()  # noqa: DTZ011 - yesterday and tomorrow are closed too, whatever the zone
    closed = [(today + timedelta(days=day)).isoformat() for day in range(-1, 7)]
    return {
        "id": "closed",
        "timezone": "Europe/Madrid",
        "closed_dates": closed,
        "rules": [{"hours": ["00:00-23:59"]}],
    }
