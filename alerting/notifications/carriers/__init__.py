"""Ways out of the house: a port for telephone carriers and its implementations. Vendors' clients are imported here."""
