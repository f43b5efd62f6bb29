"""Curves: what an event costs as the account grows from a thousand persons to a million."""
