"""Public holidays of each year: a library proposes the list, a manager confirms it."""
