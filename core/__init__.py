"""Ground floor: settings, database, queue, log, accounts, time. Knows no domain."""
