"""Alembic's scripts. `service.migrate` runs them and hands over the metadata: the ground floor knows no tables."""
