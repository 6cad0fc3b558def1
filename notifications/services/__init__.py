"""Writes of the notifications app: delivering the outbox, and the marks in the notification centre."""
