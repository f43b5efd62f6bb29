"""Signing in: who somebody is, and what that lets them do."""
