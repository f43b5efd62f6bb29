"""Measurements: `python -m bench [NAME]`. Each ends with one JSON line."""
