"""Builds of products: which is current, and what customers with an older one are told."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from alerting.products import queries, service
from alerting.products.builds import current
from alerting.runtime import Runtime
from alerting.web.forms import text
from alerting.web.language import gettext
from alerting.web.visitor import needs, signed_in, visitor
from core.accounts.permissions import Permission

LENGTHS = {"product": 100, "number": 60, "notes": 5000, "url": 500}


def register(console: Blueprint, runtime: Runtime) -> None:
    database = runtime.database

    def shown(form: dict[str, str], problems: dict[str, str]) -> str:
        today = visitor().now.astimezone(visitor().config.provider.zone).date()
        with database.reading() as session:
            found = queries.builds(session)
        grouped = [(name, list(some)) for name, some in groupby(found, key=lambda one: one.product)]
        return render_template(
            "console/products.html",
            products=[(name, some, current(some, name, today)) for name, some in grouped],
            form={"released_on": today.isoformat()} | form,
            problems=problems,
            longest=LENGTHS,
            today=today,
        )

    @console.get("/products", endpoint="products")
    @needs(Permission.MANAGE_PRODUCTS, side="staff")
    def products_page() -> str:
        with database.reading() as session:
            wanted = next((one for one in queries.builds(session) if one.id == request.args.get("build")), None)
        if wanted is None:
            return shown({}, {})
        form = {
            "product": wanted.product, "number": wanted.number, "released_on": wanted.released_on.isoformat(),
            "notes": wanted.notes or "", "url": wanted.url or "", "initial": "yes" if wanted.initial else "",
        }  # fmt: skip
        return shown(form, {})

    @console.post("/products", endpoint="save_build")
    @needs(Permission.MANAGE_PRODUCTS, side="staff")
    def save() -> Any:
        form = {name: text(request.form.get(name, ""), longest) for name, longest in LENGTHS.items()}
        form |= {"released_on": request.form.get("released_on", "")[:10], "initial": request.form.get("initial", "")}
        problems = {}
        if not form["product"]:
            problems["product"] = gettext("Name the product.")
        if not form["number"]:
            problems["number"] = gettext("Write the number of the build, as customers read it.")
        if form["url"] and not form["url"].startswith("https://"):
            problems["url"] = gettext("Give an address that begins with https://, or leave it empty.")
        released_on = _day(form["released_on"])
        if released_on is None:
            problems["released_on"] = gettext("Give the day of its release.")
        if problems or released_on is None:
            return shown(form, problems), 422
        actor = signed_in()
        with runtime.work() as work:
            made = service.save(
                work, form["product"], form["number"], released_on, form["notes"] or None, form["url"] or None,
                bool(form["initial"]), actor.person_id or actor.email,
            )  # fmt: skip
        flash(gettext("The build is on the list.") if made else gettext("The build is changed."), "done")
        return redirect(url_for("console.products"), 303)

    @console.post("/products/<build>/removal", endpoint="remove_build")
    @needs(Permission.MANAGE_PRODUCTS, side="staff")
    def remove(build: str) -> Any:
        actor = signed_in()
        with runtime.work() as work:
            service.remove(work, build, actor.person_id or actor.email)
        flash(gettext("Removed."), "done")
        return redirect(url_for("console.products"), 303)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
