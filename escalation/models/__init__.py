from escalation.models.calendar import BusinessCalendar, CalendarDay, DayKind
from escalation.models.policy import SlaPolicy, SlaPolicyVersion, SlaRule

__all__ = ["BusinessCalendar", "CalendarDay", "DayKind", "SlaPolicy", "SlaPolicyVersion", "SlaRule"]
