"""Dealwright: the self-hosted hub for Pipedrive."""
