"""The Pipedrive API: rules without I/O, one sender, typed calls."""
