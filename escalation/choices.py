"""The words for stored codes of escalation paths."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from escalation.triggers import Action, Trigger

TRIGGER_LABELS = {
    Trigger.BEYOND_COMPETENCE: pgettext_lazy("escalation", "Beyond one's authority or skill"),
    Trigger.MULTI_TEAM: pgettext_lazy("escalation", "Several teams are needed"),
    Trigger.MAJOR_IMPACT: pgettext_lazy("escalation", "Wide or severe impact"),
    Trigger.OVERDUE: pgettext_lazy("escalation", "A target was missed"),
    Trigger.THRESHOLD: pgettext_lazy("escalation", "A target is nearly used up"),
    Trigger.SILENCE: pgettext_lazy("escalation", "The requester has heard nothing"),
    Trigger.REOPENED: pgettext_lazy("escalation", "Reopened again and again"),
}
ACTION_LABELS = {
    Action.NOTIFY: pgettext_lazy("escalation", "Tell the people of the level"),
    Action.OFFER: pgettext_lazy("escalation", "Ask them to take the ticket over"),
    Action.RAISE_PRIORITY: pgettext_lazy("escalation", "Raise the priority by one"),
    Action.DECLARE_INCIDENT: pgettext_lazy("escalation", "Declare a major incident"),
}

TRIGGER_CHOICES = [(code.value, label) for code, label in TRIGGER_LABELS.items()]
ACTION_CHOICES = [(code.value, label) for code, label in ACTION_LABELS.items()]
