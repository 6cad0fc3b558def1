"""Erasing what is personal from closed tickets, and keeping it from being erased (M3.5-4, ADR 18)."""
