"""The append-only log: one hash chain per subject, verifiable by anybody who has the entries."""
