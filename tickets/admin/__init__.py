"""Task-shaped pages of the administration: catalogue, priority matrix, diagnosis lists, desk settings, archive, audit."""

from tickets.admin import audit, categories, codes, desk_settings, diagnosis, keeping, mailboxes, matrix

__all__ = ["audit", "categories", "codes", "desk_settings", "diagnosis", "keeping", "mailboxes", "matrix"]
from tickets.admin import audit, categories, codes, desk_settings, mailboxes, matrix, vendors

__all__ = ["audit", "categories", "codes", "desk_settings", "mailboxes", "matrix", "vendors"]
