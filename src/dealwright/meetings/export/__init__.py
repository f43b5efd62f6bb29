"""Exports of a meeting: one file per format."""
