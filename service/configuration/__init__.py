"""The configuration file: read with its lines, check as a whole, compare with what is in force, apply, export."""
