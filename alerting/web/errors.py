"""Pages for what went wrong: none shows internals, all show the telephone that always answers."""

from __future__ import annotations

import logging
from contextlib import suppress

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound
from werkzeug.wrappers import Response

from alerting.runtime import Runtime
from alerting.tickets.service import UnknownTicket
from alerting.web import provider_cache
from alerting.web.language import gettext, marked
from alerting.web.provider_cache import KnownProvider
from alerting.web.visitor import visitor

log = logging.getLogger(__name__)

MACHINES = ("/api/", "/webhooks/", "/integrations/", "/heartbeats/")
UNAVAILABLE = 503

TITLES = {
    400: marked("The form could not be read"),
    403: marked("You may not do this"),
    404: marked("There is nothing here"),
    405: marked("This address takes another kind of request"),
    409: marked("That is not possible now"),
    413: marked("That is too much at once"),
    429: marked("Too many tries"),
    500: marked("Something went wrong on our side"),
    503: marked("The service cannot answer right now"),
}
ADVICE = {
    400: marked("Go back, reload the page and send it again. Nothing was changed."),
    403: marked("Your account does not allow it, or the request came from another site. Nothing was changed."),
    404: marked("The address is wrong, or what it names is not yours to see."),
    405: marked("Go back and use the buttons of the page."),
    409: marked("Somebody was faster, or the ticket has moved on. Look at it again."),
    413: marked("Send a shorter text, or fewer and smaller files. Nothing was changed."),
    429: marked("Wait a little and try again."),
    500: marked("We have been told. If it is urgent, do not try again: call us."),
    503: marked("We do not know whether your request arrived. If it is urgent, do not wait: call us."),
}


def install(app: Flask, runtime: Runtime) -> None:
    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response | tuple[str, int]:
        if request.path.startswith(MACHINES):
            return error.get_response()
        if isinstance(error, CSRFError):
            log.info("a form without a valid token was refused at %s", request.path)
        code = error.code or 500
        if code < 400:
            return error.get_response()
        return page(code)

    @app.errorhandler(UnknownTicket)
    def unknown(_: UnknownTicket) -> Response | tuple[str, int]:
        return refused(NotFound())

    @app.errorhandler(DBAPIError)
    @app.errorhandler(TimeoutError)
    def unreachable(error: Exception) -> tuple[str, int] | Response:
        log.error("the database did not answer at %s: %s", request.path, type(error).__name__)
        if request.path.startswith(MACHINES):
            return Response(status=UNAVAILABLE)
        return page(UNAVAILABLE)

    @app.errorhandler(InternalServerError)
    def broken(error: InternalServerError) -> Response | tuple[str, int]:
        return refused(error)


def page(code: int) -> tuple[str, int]:
    """The page for a status; without a database it still comes, with what is known."""
    with suppress(SQLAlchemyError):
        visitor()
    known = code if code in TITLES else 500 if code >= 500 else 400
    title, advice = gettext(TITLES[known]), gettext(ADVICE[known])
    # Without the address in it, the page for what is another's is the same as the one for what is nobody's.
    return render_template("web/error.html", title=title, advice=advice, here="/"), code


def known_provider(runtime: Runtime) -> KnownProvider:
    """The configuration's when this request has read it, else what is kept."""
    if "visitor" in g:
        provider = g.visitor.config.provider
        return KnownProvider(provider.name, provider.emergency_phone)
    return provider_cache.recall(runtime.settings)
