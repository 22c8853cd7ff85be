"""What links in mails open without signing in: customers' opinions."""

from __future__ import annotations

from flask import Blueprint

from alerting.portal import rating, surveys
from alerting.runtime import Runtime


def blueprint(runtime: Runtime) -> Blueprint:
    pages = Blueprint("feedback", __name__, template_folder="templates")
    rating.register_links(pages, runtime)
    surveys.register_links(pages, runtime)
    return pages
