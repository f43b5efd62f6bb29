"""The way of an event: accept, route, resolve, plan, write."""
