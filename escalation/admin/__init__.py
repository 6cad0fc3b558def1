from escalation.admin import absences, calendars, paths, policies

__all__ = ["absences", "calendars", "paths", "policies"]
