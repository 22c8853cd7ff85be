"""Access by invitation: a mail with a link that sets the password, once."""
