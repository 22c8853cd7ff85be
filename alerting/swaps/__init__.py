"""Requests about shifts: asked, taken, ended; the override is laid and everybody concerned is told."""
