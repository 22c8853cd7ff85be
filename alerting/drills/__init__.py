"""Exercises of contingency plans: planned for a date, run, reported, signed; and the plans that nobody exercises."""
