# Each target does its own set-up: Python 3.11 or later, pip, make and git are all it needs.
SHELL := /bin/bash
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
export UV_LINK_MODE := copy
export UV_NO_PROGRESS := 1
# What Python has compiled is kept, whatever the environment says: compiling is more than half of a process's start.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/.pycache

.PHONY: demo run test test-databases explore check lint types bench lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    the main job, played and checked"
	@echo "make run     the whole service with demo data and simulated telephones"
	@echo "make test    the test suite        make check  lint, types, import contracts, tests"
	@echo "make bench   benchmarks            make explore the properties, with new examples"

demo: .venv/.ready
	@$(BIN)/python -m service.demo

run: .venv/.ready
	@$(BIN)/python -m service.cli run

test: .venv/.ready-dev
	@# More processes than two cores: many tests wait for the processes that they started.
	@$(BIN)/python -m pytest -n 3 --dist worksteal

test-databases: .venv/.ready-dev
	@# All service tests on SQLite and PostgreSQL, also those that the gate runs on SQLite alone.
	@TEST_DATABASES=both $(BIN)/python -m pytest -n 3 --dist worksteal tests/services tests/webhooks

explore: .venv/.ready-dev
	@# The properties with new examples each time, ten times as many: minutes, not for the gate.
	@HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -n 2 --dist worksteal --timeout 1800 tests/domain tests/services/api/test_the_whole_document.py

check: lint types test

lint: .venv/.ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

types: .venv/.ready-dev
	@$(BIN)/mypy

bench: .venv/.ready-dev
	@$(BIN)/python -m bench

# --- set-up

$(UV):
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools uv

# The editable install needs no build isolation: what builds it is in the lock, with its hash.
.venv/.ready: requirements.lock pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@# Where the development tools are, they stay.
	@$(UV) pip sync --quiet --require-hashes $$(test -e .venv/.ready-dev && echo requirements-dev.lock || echo requirements.lock)
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.ready-dev: requirements-dev.lock pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	@$(UV) pip sync --quiet --require-hashes requirements-dev.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch .venv/.ready $@

lock: | $(UV)
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --group build --group dev pyproject.toml -o requirements-dev.lock

clean:
	@rm -rf .venv .tools .pycache var .pytest_cache .mypy_cache .ruff_cache .hypothesis
