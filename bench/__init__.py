"""Measures the service against a floor in the same run: `python -m bench`. What is measured: docs/performance.md."""
