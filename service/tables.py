"""Every table of the service in one place, for migrations and tests."""

from __future__ import annotations

from alerting.acceptance import models as _acceptance
from alerting.attachments import models as _attachments
from alerting.carrier_watch import models as _carrier_watch
from alerting.catalog import models as _catalog
from alerting.coverage import models as _coverage
from alerting.drills import models as _drills
from alerting.duty import models as _duty
from alerting.escalation import models as _escalation
from alerting.handling import models as _handling
from alerting.holidays import models as _holidays
from alerting.mailbox import models as _mailbox
from alerting.monitoring import models as _monitoring
from alerting.notifications import models as _notifications
from alerting.pagerduty import models as _pagerduty
from alerting.products import models as _products
from alerting.ratings import models as _ratings
from alerting.reports import models as _reports
from alerting.sla import models as _sla
from alerting.suggestions import models as _suggestions
from alerting.surveys import models as _surveys
from alerting.swaps import models as _swaps
from alerting.tickets import models as _tickets
from core import counters as _counters
from core import heartbeat as _heartbeat
from core import periodic as _periodic
from core.accounts import models as _accounts
from core.audit import models as _audit
from core.db import Base
from core.documents import models as _documents
from oncall import models as _oncall
from oncall.methods import models as _methods
from webhooks import models as _webhooks

ROOMS = (
    _acceptance,
    _accounts,
    _attachments,
    _audit,
    _carrier_watch,
    _catalog,
    _counters,
    _coverage,
    _documents,
    _drills,
    _duty,
    _escalation,
    _handling,
    _heartbeat,
    _holidays,
    _mailbox,
    _methods,
    _monitoring,
    _notifications,
    _oncall,
    _pagerduty,
    _periodic,
    _products,
    _ratings,
    _reports,
    _suggestions,
    _surveys,
    _swaps,
    _sla,
    _tickets,
    _webhooks,
)
metadata = Base.metadata


def names() -> tuple[str, ...]:
    return tuple(sorted(metadata.tables))
