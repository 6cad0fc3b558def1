"""The words of a security incident's checklist, for pages, reports and mails."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.security import StepCode

STEP_LABELS: dict[str, str | Promise] = {
    StepCode.ISOLATE: _("Isolate the device"),
    StepCode.KEEP_RUNNING: _("Leave the device switched on"),
    StepCode.PRESERVE: _("Secure the evidence"),
    StepCode.CREDENTIALS: _("Change passwords and keys"),
    StepCode.REPORT: _("Report the incident"),
}
STEP_HINTS: dict[str, str | Promise] = {
    StepCode.ISOLATE: _("Pull the network cable, switch Wi-Fi off, and block it at the switch. Touch nothing else."),
    StepCode.KEEP_RUNNING: _("Do not power it off and do not restart it: what is in its memory would be lost."),
    StepCode.PRESERVE: _("Keep logs, mails and pictures of the screen here as evidence, before anybody cleans up."),
    StepCode.CREDENTIALS: _("Change them from another device: everything that was typed or stored on this one."),
    StepCode.REPORT: _("Tell management and, where the law or a contract demands it, authorities and partners."),
}
STEP_CHOICES = [(code.value, STEP_LABELS[code]) for code in StepCode]
