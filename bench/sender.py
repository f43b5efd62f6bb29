"""Who sends: the write key of the benchmark, and how it looks in a header."""

import base64

KEY = "bench-write-key"
AUTHORIZATION = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()
