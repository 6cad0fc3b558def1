"""Task-shaped pages of the administration: catalogue, priority matrix, diagnosis lists, vendors, desk settings, archive,
audit."""

from tickets.admin import audit, categories, codes, desk_settings, diagnosis, keeping, mailboxes, matrix, vendors

__all__ = [
    "audit",
    "categories",
    "codes",
    "desk_settings",
    "diagnosis",
    "keeping",
    "mailboxes",
    "matrix",
    "vendors",
]
