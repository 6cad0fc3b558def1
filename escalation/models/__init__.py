from escalation.models.calendar import BusinessCalendar, CalendarDay, DayKind
from escalation.models.clock import Clock, Firing
from escalation.models.path import Absence, EscalationLevel, EscalationPath
from escalation.models.policy import SlaPolicy, SlaPolicyVersion, SlaRule
from escalation.models.revision import ConfigurationRevision

__all__ = [
    "Absence",
    "BusinessCalendar",
    "CalendarDay",
    "Clock",
    "ConfigurationRevision",
    "DayKind",
    "EscalationLevel",
    "EscalationPath",
    "Firing",
    "SlaPolicy",
    "SlaPolicyVersion",
    "SlaRule",
]
