"""Whether the carrier really delivers: canary pages through the whole path, and how our account stands there."""
