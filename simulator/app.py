"""The simulator's web application: the carrier's and PagerDuty's APIs, the control API, the pages, over one network."""

from flask import Flask

import simulator.account  # noqa: F401 - its addresses are the carrier's
from simulator import carrier, control, incident_pages, pagerduty, phones
from simulator.config import SimulatorConfig
from simulator.network import Network


def create_app(config: SimulatorConfig) -> Flask:
    """Raises SimulatorRefused in production. The network is `app.extensions["telephone-network"]`."""
    config.check()
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["telephone-network"] = Network(config)
    carrier.install(app)
    control.install(app)
    phones.install(app)
    pagerduty.install(app)
    incident_pages.install(app)
    return app
