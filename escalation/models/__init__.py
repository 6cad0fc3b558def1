from escalation.models.calendar import BusinessCalendar, CalendarDay, DayKind

__all__ = ["BusinessCalendar", "CalendarDay", "DayKind"]
