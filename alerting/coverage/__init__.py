"""Holes in the rota: seen weeks before, warned of in time, and closed with one button."""
