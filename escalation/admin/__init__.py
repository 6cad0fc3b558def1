from escalation.admin import calendars

__all__ = ["calendars"]
