"""Shifts that change hands: asked for, exchanged, or taken where nobody is on call."""
