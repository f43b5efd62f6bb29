"""Segment's mapping directives: validation, paths, texts, shapes, and what joins them."""
