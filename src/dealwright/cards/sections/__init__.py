"""One file per section: what it needs, and its rows."""
