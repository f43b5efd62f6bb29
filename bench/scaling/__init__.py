"""How a hub on PostgreSQL grows with its workers."""
