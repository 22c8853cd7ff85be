"""Files of a ticket: taken in, kept on disk beside the database, given out."""
