"""Task-shaped pages of the administration: catalogue, priority matrix, desk settings, audit."""

from tickets.admin import audit, categories, codes, desk_settings, mailboxes, matrix

__all__ = ["audit", "categories", "codes", "desk_settings", "mailboxes", "matrix"]
