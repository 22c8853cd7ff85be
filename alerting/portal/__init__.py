"""Pages of customers: the button, what is being done about it, and what was."""
