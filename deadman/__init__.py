"""The dead-man switch: a small process that asks the service from outside whether it can page, and calls the last
resort by ways of its own when it cannot. It imports nothing of the service and shares nothing with it: no database, no
queue, no credentials."""
