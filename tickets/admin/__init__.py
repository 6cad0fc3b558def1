"""Task-shaped pages of the administration: catalogue, priority matrix, diagnosis lists, desk settings, audit."""

from tickets.admin import audit, categories, codes, desk_settings, diagnosis, mailboxes, matrix

__all__ = ["audit", "categories", "codes", "desk_settings", "diagnosis", "mailboxes", "matrix"]
from tickets.admin import audit, categories, codes, desk_settings, keeping, mailboxes, matrix

__all__ = ["audit", "categories", "codes", "desk_settings", "keeping", "mailboxes", "matrix"]
