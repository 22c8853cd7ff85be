"""Why a simulated attempt is made or is not, in words for staff. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from alerting.escalation.simulation import Reached, Simulation
from oncall.reasons import describe, reason_of

Language = Literal["es", "en"]

_WORDS: dict[str, dict[str, str]] = {
    "es": {
        "nobody_on_call": "nadie de guardia",
        "absent": "está ausente",
        "no_verified_method": "sin medio de contacto verificado",
        "method_disabled": "medio de contacto fuera de uso",
        "opted_out": "contestó STOP: no se puede escribir a este número",
        "duplicate_in_step": "ya recibe el aviso en este paso",
        "drill_excluded": "no en un simulacro",
        "pagerduty_not_configured": "PagerDuty no está configurado",
        "nobody_else_left": "nadie del último recurso puede ser localizado",
        "pagerduty": "servicio de PagerDuty nombrado en la política",
    },
    "en": {
        "nobody_on_call": "nobody on call",
        "absent": "is absent",
        "no_verified_method": "no verified contact method",
        "method_disabled": "contact method out of use",
        "opted_out": "answered STOP: this number may not be written to",
        "duplicate_in_step": "is already paged in this step",
        "drill_excluded": "not for a drill",
        "pagerduty_not_configured": "PagerDuty is not configured",
        "nobody_else_left": "nobody of the last resort can be reached",
        "pagerduty": "PagerDuty service named by the policy",
    },
}


def why(one: Reached, language: Language, names: Mapping[str, str], timezone: str) -> str:
    """One line; `names` by person id, times on the clock of `timezone`."""
    words = _WORDS[language]
    if one.not_used is None:
        return _because(one.reason, language, names, timezone)
    text = words.get(one.not_used, one.not_used)
    named = one.reason.get("id")
    return f"{text}: {named}" if one.person is None and named else text


def ending(found: Simulation, language: Language, names: Mapping[str, str]) -> str:
    """How it ends, as a sentence without its time."""
    if found.ended == "acknowledged":
        who = names.get(found.by or "", found.by or "")
        return f"lo acepta {who}" if language == "es" else f"acknowledged by {who}"
    if any(one.last_resort for one in found.reached):
        return "nadie ha aceptado: último recurso" if language == "es" else "nobody acknowledged: last resort"
    return "nadie ha aceptado" if language == "es" else "nobody acknowledged"


def _because(data: Mapping[str, object], language: Language, names: Mapping[str, str], timezone: str) -> str:
    reason = reason_of(data)
    if reason is not None:
        return describe(reason, language, names, timezone)
    kind = str(data.get("kind", ""))
    return _WORDS[language].get(kind, kind)
