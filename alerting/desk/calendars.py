"""Shifts in one's own calendar program: secret addresses, made, renewed and ended here; and the feeds themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for

from alerting.configuration import Configuration
from alerting.runtime import Runtime
from alerting.web import language
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission
from oncall import feeds, ical
from oncall.feeds import Feed

HEADERS = {"Cache-Control": "private, max-age=300", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
GONE = "There is no such calendar. Its address may have been ended: make a new one on your desk.\n"


def register(desk: Blueprint, runtime: Runtime) -> None:
    @desk.get("/calendars", endpoint="calendars")
    @needs(Permission.VIEW_SCHEDULES, side="staff")
    def page() -> str:
        return _page(runtime)

    @desk.post("/calendars", endpoint="make_calendar")
    @needs(Permission.VIEW_SCHEDULES, side="staff")
    def make() -> str:
        """Shown with the answer and never again, so there is no other page to go on to."""
        feed = _asked()
        with runtime.database.transaction() as session:
            secret = feeds.issue(session, signed_in().user_id, feed, visitor().now)
        address = f"{runtime.settings.public_origin}{url_for('feeds.show', secret=secret)}"
        return _page(runtime, fresh=feed, address=address)

    @desk.post("/calendars/<feed_id>/end", endpoint="end_calendar")
    @needs(Permission.VIEW_SCHEDULES, side="staff")
    def end(feed_id: str) -> Any:
        with runtime.database.transaction() as session:
            feeds.revoke(session, signed_in().user_id, feed_id, visitor().now)
        flash(gettext("The address no longer works."), "done")
        return redirect(url_for("desk.calendars"), 303)


def blueprint(runtime: Runtime) -> Blueprint:
    """Calendar programs sign in nowhere: the address itself is the secret."""
    pages = Blueprint("feeds", __name__)

    @pages.get("/feeds/<secret>.ics")
    def show(secret: str) -> Response:
        with runtime.database.reading() as session:
            now, config = runtime.now(session), runtime.configurations.current(session)
            feed = feeds.find(session, secret)
            if feed is None:
                return make_response(GONE, 404, {"Content-Type": "text/plain; charset=utf-8"} | HEADERS)
            spoken = _language(config, feed)
            names = config.person_names()
            found = feeds.entries(session, config.oncall, names, feed, spoken, now)
            body = ical.feed(feeds.name(config.oncall, names, feed, spoken), found, now)
        answer = make_response(body, 200, {"Content-Type": ical.CONTENT_TYPE} | HEADERS)
        answer.headers["Content-Disposition"] = 'inline; filename="guardia.ics"'
        answer.set_etag(ical.etag(body))
        answer.make_conditional(request)
        return answer

    return pages


def _page(runtime: Runtime, fresh: Feed | None = None, address: str | None = None) -> str:
    config, actor = visitor().config, signed_in()
    with runtime.database.reading() as session:
        rows = feeds.of_user(session, actor.user_id)
    names = config.person_names()
    return render_template(
        "desk/calendars.html",
        rows=rows,
        name=lambda kind, id_: feeds.name(config.oncall, names, Feed(kind, id_), language.current()),
        schedules=sorted(config.oncall.schedules.values(), key=lambda one: one.id),
        own=actor.person_id if actor.person_id in config.oncall.people else None,
        fresh=fresh,
        address=address,
    )


def _asked() -> Feed:
    """One's own shifts, or a schedule's; anything else does not exist."""
    config, chosen = visitor().config, request.form.get("feed", "")
    person = signed_in().person_id
    if chosen == "me" and person is not None and person in config.oncall.people:
        return Feed("person", person)
    if chosen not in config.oncall.schedules:
        abort(404)
    return Feed("schedule", chosen)


def _language(config: Configuration, feed: Feed) -> str:
    person = config.oncall.people.get(feed.subject_id) if feed.kind == "person" else None
    return (person.language if person else None) or config.provider.language
