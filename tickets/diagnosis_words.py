"""The diagnosis log in words, for whoever goes on with a ticket or learns from it (M3.3.1-4, M3.4-6)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from helpdesk.common.templatetags.hd import when_text
from tickets.models import DiagnosisStep, Ticket


def tried(ticket: Ticket) -> list[str]:
    """Every step that was taken, as one line: when, by whom, what was done and what came of it."""
    steps = DiagnosisStep.objects.filter(ticket=ticket, state=DiagnosisStep.State.DONE).select_related("ended_by")
    return [_line(step) for step in steps]


def _line(step: DiagnosisStep) -> str:
    texts = (step.hypothesis, step.action, step.result, step.evidence)
    names = {
        "when": when_text(step.ended_at),
        "name": step.ended_by.get_full_name() if step.ended_by is not None else "",
        "text": " · ".join(" ".join(text.split()) for text in texts if text),
        "finding": step.get_finding_display(),
    }
    return _("%(when)s %(name)s: %(text)s → %(finding)s") % names
