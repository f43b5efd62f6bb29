"""Triggers and mappings: Segment's own code and ours, over the same events."""
