"""Words for the codes of promises."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.promises import STORED, Origin, Outcome, Reason, Standing

PROMISE_REASON_LABELS = {
    Reason.VENDOR: _("We wait for a vendor"),
    Reason.PARTS: _("We wait for parts"),
    Reason.COMPLEXITY: _("It is harder than it looked"),
    Reason.REQUESTER: _("We wait for an answer from the user"),
    Reason.APPROVAL: _("We wait for an approval"),
    Reason.WORKLOAD: _("Something more urgent came in between"),
    Reason.OTHER: _("Another reason"),
}
ORIGIN_LABELS = {
    Origin.FIRST: pgettext_lazy("promise", "First promise"),
    Origin.AGREED: pgettext_lazy("promise", "Agreed anew"),
    Origin.COUNTER: pgettext_lazy("promise", "The user's own suggestion"),
}
STANDING_LABELS = {
    Standing.AGREED: pgettext_lazy("promise", "Promised"),
    Standing.PROPOSED: pgettext_lazy("promise", "New time proposed"),
    Standing.DECLINED: pgettext_lazy("promise", "New time declined"),
    Standing.PASSED: pgettext_lazy("promise", "Promise passed"),
}
OUTCOME_LABELS = {
    Outcome.OPEN: pgettext_lazy("promise", "Still to come"),
    Outcome.MET: pgettext_lazy("promise", "Kept"),
    Outcome.MISSED: pgettext_lazy("promise", "Missed"),
}
PROMISE_REASON_CHOICES = [(code.value, label) for code, label in PROMISE_REASON_LABELS.items()]
ORIGIN_CHOICES = [(code.value, label) for code, label in ORIGIN_LABELS.items()]
STORED_STANDING_CHOICES = [(code.value, STANDING_LABELS[code]) for code in STORED]
STANDING_CHOICES = [(code.value, label) for code, label in STANDING_LABELS.items()]
OUTCOME_CHOICES = [(code.value, label) for code, label in OUTCOME_LABELS.items()]
