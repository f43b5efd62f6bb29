"""The hub for programs that speak the Model Context Protocol: reading is free, writing is asked."""
