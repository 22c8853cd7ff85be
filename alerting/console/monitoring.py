"""What machines report: each watched job and each integration, what it said last, and a new key when one is needed."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from alerting.monitoring import keys, queries
from alerting.monitoring.keys import MadeKey, Section
from alerting.monitoring.queries import Listened, Watched
from alerting.runtime import Runtime
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission
from core.accounts.service import LOG_SUBJECT

SHOWN = 500  # jobs, those in trouble first


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    @console.get("/monitoring", endpoint="monitoring")
    @needs(Permission.VIEW_STAFF, side="staff")
    def overview() -> str:
        with database.reading() as session:
            jobs = queries.heartbeats(session, visitor().config)
            return render_template(
                "console/monitoring.html",
                jobs=jobs[:SHOWN],
                more=max(0, len(jobs) - SHOWN),
                sources=queries.integrations(session, visitor().config),
            )

    @console.get("/monitoring/heartbeats/<heartbeat>")
    @needs(Permission.VIEW_STAFF, side="staff")
    def heartbeat(heartbeat: str) -> str:
        return _heartbeat_page(heartbeat)

    @console.post("/monitoring/heartbeats/<heartbeat>/key")
    @needs(Permission.ADMINISTER, side="staff")
    def heartbeat_key(heartbeat: str) -> str:
        if heartbeat not in visitor().config.heartbeats:
            abort(404)
        return _heartbeat_page(heartbeat, _new_key("heartbeats", heartbeat))

    @console.get("/monitoring/integrations/<integration>")
    @needs(Permission.VIEW_STAFF, side="staff")
    def integration(integration: str) -> str:
        return _integration_page(integration)

    @console.post("/monitoring/integrations/<integration>/key")
    @needs(Permission.ADMINISTER, side="staff")
    def integration_key(integration: str) -> str:
        if integration not in visitor().config.integrations:
            abort(404)
        return _integration_page(integration, _new_key("integrations", integration))

    def _heartbeat_page(id_: str, made: MadeKey | None = None) -> str:
        with database.reading() as session:
            found = queries.heartbeats(session, visitor().config)
            one: Watched | None = next((one for one in found if one.heartbeat.id == id_), None)
            if one is None:
                abort(404)
            return render_template(
                "console/heartbeat.html",
                one=one,
                heartbeat=one.heartbeat,
                runs=queries.runs(session, id_),
                made=made,
                address=_address(made),
            )

    def _integration_page(id_: str, made: MadeKey | None = None) -> str:
        with database.reading() as session:
            found = queries.integrations(session, visitor().config)
            one: Listened | None = next((one for one in found if one.integration.id == id_), None)
            if one is None:
                abort(404)
            return render_template(
                "console/integration.html",
                one=one,
                integration=one.integration,
                alerts=queries.alerts_of(session, id_),
                made=made,
                address=_address(made),
            )

    def _new_key(section: Section, id_: str) -> MadeKey:
        """The one before is none from now on. Shown in the answer itself: it stands in no cookie and no address."""
        with runtime.work() as work:
            made = keys.make(work.session, section, id_, work.now)
            data = {"section": section, "object": id_}
            work.record(LOG_SUBJECT, "account.machine_key_made", data, actor=signed_in().as_logged)
            return made

    def _address(made: MadeKey | None) -> str | None:
        return runtime.settings.public_origin + made.path if made else None
