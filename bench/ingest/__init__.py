"""How many events the door takes, durable, beside the same door with no store behind it."""
