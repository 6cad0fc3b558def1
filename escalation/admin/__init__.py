from escalation.admin import calendars, policies

__all__ = ["calendars", "policies"]
