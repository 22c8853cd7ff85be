"""The configuration in force: one row per object of the file, as it was written. Rooms give the bodies their types."""
