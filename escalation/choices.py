"""The words for stored codes of escalation paths."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from escalation.actions import Action

ACTION_LABELS = {
    Action.NOTIFY: pgettext_lazy("escalation", "Tell the people of the level"),
    Action.OFFER: pgettext_lazy("escalation", "Ask them to take the ticket over"),
    Action.RAISE_PRIORITY: pgettext_lazy("escalation", "Raise the priority by one"),
    Action.DECLARE_INCIDENT: pgettext_lazy("escalation", "Declare a major incident"),
}

ACTION_CHOICES = [(code.value, label) for code, label in ACTION_LABELS.items()]
