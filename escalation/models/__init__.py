from escalation.models.calendar import BusinessCalendar, CalendarDay, DayKind
from escalation.models.clock import Clock, Firing
from escalation.models.handover import OPEN_STATES, Escalation, Package
from escalation.models.path import Absence, EscalationLevel, EscalationPath
from escalation.models.policy import SlaPolicy, SlaPolicyVersion, SlaRule
from escalation.models.revision import ConfigurationRevision
from escalation.models.whatif import WhatIfRun

__all__ = [
    "OPEN_STATES",
    "Absence",
    "BusinessCalendar",
    "CalendarDay",
    "Clock",
    "ConfigurationRevision",
    "DayKind",
    "Escalation",
    "EscalationLevel",
    "EscalationPath",
    "Firing",
    "Package",
    "SlaPolicy",
    "SlaPolicyVersion",
    "SlaRule",
    "WhatIfRun",
]
