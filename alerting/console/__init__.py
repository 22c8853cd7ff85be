"""Pages of managers: what happened, to the second, and who is on call."""
