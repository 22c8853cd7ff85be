"""New support terms are told to a customer's owners, who accept them with a click; nothing waits for it."""
