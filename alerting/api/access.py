"""Who may ask for what. A route is a line in the table of `blueprint`; one without permissions is open to nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, NoReturn

from flask import Response, current_app, request
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from alerting.api.problems import invalid, refuse
from alerting.catalog.service import contact_of
from alerting.configuration import Configuration
from alerting.escalation.service import StillRacing
from alerting.notifications.wording import LANGUAGES, Language
from alerting.runtime import Runtime
from alerting.web import provider_cache
from alerting.work import Work
from core.accounts import tokens
from core.accounts.permissions import Actor, Permission, can
from core.settings import Settings

NAME = "api"
PERMISSIONS = "guardia_permissions"  # attribute of a view: any one of these permissions opens it
LARGEST = "guardia_largest_body"  # attribute of a view: how many bytes its body may have, in place of MAX_BODY
TAKES_FILES = "guardia_takes_files"  # attribute of a view: its body is multipart/form-data
MAX_BODY = 256 * 1024
TRIES = 5  # of a command that lost a race: each loss means that somebody else got something done
READS = ("GET", "HEAD", "OPTIONS")
SCHEME = "bearer "
MULTIPART = "multipart/form-data"
IN_URL = frozenset({"token", "access_token", "api_key"})
# A deadlock or a serialization failure (PostgreSQL 40P01, 40001): the database asks for another try.
TRY_AGAIN = frozenset({"40P01", "40001"})

# Not flask.typing's: flask-openapi3 resolves the annotations of views, and that one cannot be resolved.
Json = dict[str, Any]
Answer = Response | Json | list[Json] | tuple[Json, int] | tuple[Json, int, dict[str, str]]
View = Callable[..., Answer]


@dataclass(frozen=True)
class Look:
    """What a reading view has at hand; `language` is the reader's."""

    session: Session
    now: datetime
    config: Configuration
    actor: Actor
    settings: Settings

    @property
    def language(self) -> Language:
        asked = request.accept_languages.best_match(LANGUAGES) if request.accept_languages else None
        return next((one for one in LANGUAGES if one == asked), None) or own_language(self.actor, self.config)


@dataclass(frozen=True)
class Command:
    """What a changing view has at hand: one transaction, committed when the view has returned."""

    work: Work
    actor: Actor
    settings: Settings


def reading(runtime: Runtime, view: View, permissions: Sequence[Permission]) -> View:
    """A view that only looks, called with a Look once the caller may."""

    @wraps(view)
    def admitted(**asked: Any) -> Answer:
        with runtime.database.reading() as session:
            now = runtime.now(session)
            actor = _admitted(session, now, permissions)
            config = runtime.configurations.current(session)
            provider_cache.remember(runtime.settings, config.provider)
            return view(Look(session, now, config, actor, runtime.settings), **asked)

    return _decided(admitted, permissions)


def commanding(runtime: Runtime, view: View, permissions: Sequence[Permission]) -> View:
    """A view that changes something, called with a Command; the caller is looked up in the same transaction, which
    saves an activation a second one. Run again as a whole when somebody else was faster."""

    @wraps(view)
    def admitted(**asked: Any) -> Answer:
        for left in reversed(range(TRIES)):
            try:
                with runtime.work() as work:
                    provider_cache.remember(runtime.settings, work.config.provider)
                    actor = _admitted(work.session, work.now, permissions)
                    answer = view(Command(work, actor, runtime.settings), **asked)
            except (IntegrityError, StillRacing, OperationalError) as error:
                if not left or not _is_race(error):
                    raise
            else:
                return answer
        raise AssertionError("the last try returns or raises")

    return _decided(admitted, permissions)


def guard(runtime: Runtime) -> None:
    """Before every request: a declared route, a token in its header, and a body that is a JSON object."""
    if _permissions() is None:
        refuse(403, "nobody has been allowed to use this")
    bearer()
    if _of_view(TAKES_FILES, False):
        _look_up(runtime)  # before anything is read: others could fill the disk
    if problem := _body_problem():
        _look_up(runtime)  # who has no token that counts is told so first, and nothing else
        refuse(*problem)


def refused_fields(runtime: Runtime) -> Callable[[ValidationError], Response]:
    """What answers fields that a model refuses. Models speak before views, so whoever may not ask at all is told so
    here."""

    def answer(error: ValidationError) -> Response:
        if request.blueprint == NAME:
            _look_up(runtime)
        return invalid(error)

    return answer


def own_language(actor: Actor, config: Configuration) -> Language:
    """The contact's or the person's own, else the customer's, else the provider's."""
    if actor.customer_id:
        customer = config.customer(actor.customer_id)
        contact = contact_of(customer, actor.email) if customer else None
        return (contact.language if contact else None) or (customer.language if customer else config.provider.language)
    person = config.oncall.people.get(actor.person_id or "")
    spoken = person.language if person else None
    return next((one for one in LANGUAGES if one == spoken), config.provider.language)


def _decided(view: View, permissions: Sequence[Permission]) -> View:
    setattr(view, PERMISSIONS, tuple(permissions))
    return view


def _permissions() -> tuple[Permission, ...] | None:
    found: tuple[Permission, ...] | None = _of_view(PERMISSIONS, None)
    return found


def _of_view(attribute: str, default: Any) -> Any:
    return getattr(current_app.view_functions[request.endpoint or ""], attribute, default)


def _look_up(runtime: Runtime) -> Actor:
    with runtime.database.reading() as session:
        return _admitted(session, runtime.now(session), _permissions() or ())


def _admitted(session: Session, now: datetime, permissions: Sequence[Permission]) -> Actor:
    actor = tokens.authenticate(session, bearer(), now)
    if actor is None:
        _unauthenticated("this token is unknown, revoked or expired", "invalid_token")
    if not any(can(actor, permission) for permission in permissions):
        refuse(403, f"your roles ({', '.join(sorted(actor.roles))}) do not allow this")
    return actor


def bearer() -> str:
    """The token of the Authorization header. One in the URL ends up in logs, so it is refused even with a header."""
    if any(name in IN_URL or value.startswith(tokens.PREFIX) for name, value in request.args.items(multi=True)):
        _unauthenticated("a token must not stand in the URL: send it as Authorization: Bearer", "invalid_request")
    given = request.headers.get("Authorization", "")
    if not given.lower().startswith(SCHEME):
        _unauthenticated("send a token as Authorization: Bearer gdt_…")
    return given[len(SCHEME) :].strip()


def _unauthenticated(detail: str, error: str | None = None) -> NoReturn:
    """RFC 6750 3: the challenge names the error only when a token was given."""
    challenge = 'Bearer realm="guardia"' + (f', error="{error}"' if error else "")
    refuse(401, detail, headers={"WWW-Authenticate": challenge})


def _body_problem() -> tuple[int, str] | None:
    if request.method in READS:
        return None
    most = request.max_content_length = int(_of_view(LARGEST, MAX_BODY))
    if request.content_length is not None and request.content_length > most:
        return 413, f"the body is larger than {most // 1024} kB"
    if _of_view(TAKES_FILES, False):
        sent = request.mimetype
        return None if sent == MULTIPART else (415, f"the body is {sent or 'of no type'}; send {MULTIPART}")
    if not request.get_data(cache=True):
        return None
    if not request.is_json:
        return 415, f"the body is {request.mimetype or 'of no type'}; send application/json"
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):
        return 400, "the body is not JSON"
    return None if isinstance(body, dict) else (422, "the body is not a JSON object")


def _is_race(error: Exception) -> bool:
    if isinstance(error, OperationalError):
        return getattr(error.orig, "sqlstate", None) in TRY_AGAIN
    return True
