"""A contact card, beside the way of one call after the other."""
