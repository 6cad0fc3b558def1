from escalation.models.calendar import BusinessCalendar, CalendarDay, DayKind
from escalation.models.clock import Clock, Firing
from escalation.models.policy import SlaPolicy, SlaPolicyVersion, SlaRule
from escalation.models.revision import ConfigurationRevision

__all__ = [
    "BusinessCalendar",
    "CalendarDay",
    "Clock",
    "ConfigurationRevision",
    "DayKind",
    "Firing",
    "SlaPolicy",
    "SlaPolicyVersion",
    "SlaRule",
]
