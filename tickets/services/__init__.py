"""Writes. Every change of a ticket goes through one function here: lock, policy, guard, change, event, outbox."""
