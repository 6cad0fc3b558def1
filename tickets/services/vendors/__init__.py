"""Vendors outside: opening a case, speaking with them, following what they promised, and how it ended (M3.4-7)."""
