"""The contact card as values: what is known of somebody, and how it is shown."""
