"""Builds of the products that customers run: what is current, and what its notes say. Hints, and never a block."""
