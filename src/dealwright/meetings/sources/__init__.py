"""One file per recorder: how its deliveries are proved, read and completed."""
