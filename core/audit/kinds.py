"""Kinds of log entry. What is not listed here cannot be logged: readers and reports rely on the list."""

from __future__ import annotations

BY_SUBJECT: dict[str, tuple[str, ...]] = {
    "ticket": (
        *("opened", "joined", "updated", "waiting", "resumed", "priority_changed", "assigned", "merged"),
        *("closed", "reopened", "rated"),
    ),
    "attachment": ("added", "removed"),
    "activation": ("requested", "queued", "journalled", "refused"),
    "escalation": ("started", "resumed", "exhausted", "cancelled", "finished"),
    "step": ("started", "skipped", "timed_out", "late"),
    "attempt": (
        *("planned", "skipped", "sending", "accepted", "status", "unknown", "reconciled", "resent", "failed"),
        *("cancelled", "superseded", "waiting"),
    ),
    "reply": ("received", "rejected", "ambiguous", "replayed"),
    "page": ("acknowledged", "acknowledged_late", "declined", "escalated"),
    "contact": ("attempted", "made", "overdue", "unreachable", "disputed"),
    "last_resort": ("paged",),
    "stand_down": ("sent",),
    "mail": ("queued", "sent", "bounced"),
    "sla": ("started", "warned", "breached", "changed"),
    # Those of a ticket's chain, and of the chain that each planned drill has of its own.
    "drill": (
        *("started", "reported"),
        *("planned", "moved", "called_off", "action_added", "action_done", "signed"),
    ),
    "pagerduty": ("triggered", "acknowledged", "resolved", "ignored"),
    # What machines report: a job by its heartbeat, a monitoring system by its events.
    "heartbeat": ("late", "failed", "back"),
    "event": ("raised", "repeated", "gathered", "resolved"),
    "evidence": ("exported",),
    # Requests about shifts, each with a chain of its own.
    "swap": ("asked", "taken", "arranged", "declined", "passed", "withdrawn", "expired", "void"),
    # What customers think, beside any ticket: surveys each with a chain of its own, suggestions too.
    "survey": ("opened", "closed", "published", "opted_out", "opted_in"),
    "terms": ("announced", "accepted"),  # versions of the support terms, a chain for each customer
    "suggestion": ("opened", "answered"),
    "personal_data": ("blocked", "erased"),
    # Security events (ASVS 5.0 16.3) stand in the same kind of chain, under the subject `accounts`.
    "account": (
        *("created", "changed", "archived", "restored", "invited", "signed_in", "throttled", "password_set"),
        *("link_created", "token_created", "token_revoked", "machine_key_made", "pin_set", "pin_removed"),
    ),
}

KINDS = frozenset(f"{subject}.{event}" for subject, events in BY_SUBJECT.items() for event in events)


class UnknownKind(ValueError):
    """A kind that is not in the list: add it to `BY_SUBJECT` and to the documentation, or correct the spelling."""

    def __init__(self, kind: str) -> None:
        near = sorted(k for k in KINDS if k.partition(".")[0] == kind.partition(".")[0])
        super().__init__(f"cannot log {kind!r}; allowed here: {', '.join(near) or 'see core.audit.kinds'}")


def checked(kind: str) -> str:
    if kind not in KINDS:
        raise UnknownKind(kind)
    return kind
