"""`dealwright demo`: a Pipedrive sandbox, the hub, and a small company's story."""
