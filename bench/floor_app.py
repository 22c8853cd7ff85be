"""The floor: what any web service must do to page somebody durably. One insert, one commit, one HTTP request.

No login, no rules, no queue, nobody to look up. It runs under the flags of `guardia web`, on a database opened by the
same code. Whatever makes it slower flatters the product: keep it bare."""

from __future__ import annotations

import os
import secrets
import threading

import requests
from flask import Flask, request
from sqlalchemy import text

from bench.durability import promised
from core.db import Database

CREATE = text("CREATE TABLE IF NOT EXISTS bench_floor (id VARCHAR(26) PRIMARY KEY, body TEXT NOT NULL)")
INSERT = text("INSERT INTO bench_floor (id, body) VALUES (:id, :body)")

carrier = os.environ["BENCH_SINK"] + "/2010-04-01/Accounts/AC1/Messages.json"
callbacks = os.environ["BENCH_SINK"] + "/status/"
row = "x" * int(os.environ["BENCH_ROW_BYTES"])
database = Database(os.environ["BENCH_DATABASE_URL"])
promised(database)
with database.engine.begin() as setting_up:
    setting_up.execute(CREATE)
app = Flask(__name__)
threads = threading.local()


@app.post("/activations")
def activate() -> tuple[dict[str, str], int]:
    asked = request.get_json()
    token = secrets.token_hex(13)
    with database.engine.begin() as connection:
        connection.execute(INSERT, {"id": token, "body": row})
    form = {"To": "+34600000001", "Body": asked["plan"], "StatusCallback": callbacks + token}
    http().post(carrier, data=form, timeout=8).raise_for_status()
    return {"token": token}, 201


def http() -> requests.Session:
    """One connection per thread, kept alive; no look at proxies and .netrc in each request."""
    session: requests.Session | None = getattr(threads, "session", None)
    if session is None:
        session = threads.session = requests.Session()
        session.trust_env = False
    return session
