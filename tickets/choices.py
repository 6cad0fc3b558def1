"""Stored codes and their words. The codes that the lifecycle knows live there; here they get labels."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.consent import REMOTE, Backup, Item
from tickets.diagnosis import Finding, StepKind
from tickets.handover import GIVEN_BY_PEOPLE, Reason
from tickets.lifecycle import Command, Status
from tickets.priority import Impact, Priority, Urgency
from tickets.targets import State, Target

STATUS_LABELS = {
    Status.NEW: _("New"),
    Status.CLASSIFIED: _("Classified"),
    Status.IN_PROGRESS: _("Diagnosing"),
    Status.WAITING: _("Waiting"),
    Status.RESOLVED: _("Awaiting confirmation"),
    Status.CLOSED: _("Closed"),
    Status.CANCELLED: _("Withdrawn"),
}
COMMAND_LABELS = {
    Command.CLASSIFY: _("Classify"),
    Command.ASSIGN: _("Assign"),
    Command.ACCEPT: _("Acknowledge"),
    Command.START: _("Start diagnosis"),
    Command.WAIT: _("Wait"),
    Command.RESUME: _("Continue work"),
    Command.RESOLVE: _("Propose solution"),
    Command.CONFIRM: _("Confirm"),
    Command.REJECT: _("Not solved"),
    Command.CLOSE: _("Close unconfirmed"),
    Command.REOPEN: _("Reopen"),
    Command.WITHDRAW: _("Withdraw"),
    Command.ESCALATE: _("Escalate"),
    Command.ARCHIVE: _("Archive"),
}
PRIORITY_LABELS = {
    Priority.P1: pgettext_lazy("priority", "Urgent"),
    Priority.P2: pgettext_lazy("priority", "High"),
    Priority.P3: pgettext_lazy("priority", "Medium"),
    Priority.P4: pgettext_lazy("priority", "Low"),
}
IMPACT_LABELS = {
    Impact.PERSON: _("One person"),
    Impact.GROUP: _("A few people"),
    Impact.DEPARTMENT: _("A department or floor"),
    Impact.ORGANISATION: _("The organisation or its customers"),
}
URGENCY_LABELS = {
    Urgency.ANNOYING: _("Works, with some trouble"),
    Urgency.SLOWED: _("Slowed down, with a workaround"),
    Urgency.BLOCKED: _("Main work is blocked"),
    Urgency.STOPPED: _("Work has stopped, with a deadline"),
}
# The same two in the requester's own words, as the portal asks them.
IMPACT_ANSWERS = {
    Impact.PERSON: _("Only me"),
    Impact.GROUP: _("A few of us"),
    Impact.DEPARTMENT: _("A whole department or floor"),
    Impact.ORGANISATION: _("The company or customers"),
}
URGENCY_ANSWERS = {
    Urgency.ANNOYING: _("Works, just annoying"),
    Urgency.SLOWED: _("There is a workaround, but it is slow"),
    Urgency.BLOCKED: _("Cannot do my main work"),
    Urgency.STOPPED: _("Stopped, with a deadline"),
}

TARGET_LABELS = {
    Target.RECEIPT: pgettext_lazy("target", "Registration"),
    Target.RESPONSE: pgettext_lazy("target", "First response"),
    Target.UPDATE: pgettext_lazy("target", "Progress update"),
    Target.RESOLUTION: pgettext_lazy("target", "Solution"),
    Target.CONFIRMATION: pgettext_lazy("target", "Confirmation"),
}
SLA_STATE_LABELS = {
    State.LATE: pgettext_lazy("clock", "Late"),
    State.CRITICAL: pgettext_lazy("clock", "Critical"),
    State.SOON: pgettext_lazy("clock", "Due soon"),
    State.ON_TRACK: pgettext_lazy("clock", "On track"),
    State.PAUSED: pgettext_lazy("clock", "Paused"),
    State.MISSED: pgettext_lazy("clock", "Missed"),
    State.MET: pgettext_lazy("clock", "Met"),
    State.NONE: pgettext_lazy("clock", "No target"),
}

REASON_LABELS = {
    Reason.BEYOND_COMPETENCE: _("Beyond our authority or skill"),
    Reason.MULTI_TEAM: _("Several teams are needed"),
    Reason.MAJOR_IMPACT: _("Wide or severe impact"),
    Reason.OVERDUE: _("Not done in the promised time"),
    Reason.THRESHOLD: _("The promised time is running out"),
    Reason.SILENCE: _("The requester has not heard from us"),
    Reason.REOPENED: _("Reopened again and again"),
}
PART_LABELS = {
    "summary": _("What it is about"),
    "scope": _("Who and what is affected"),
    "attempts": _("What was tried, with results"),
    "current_state": _("How it stands now"),
    "asked": _("What is asked of the receiver"),
    "access": _("Access and the user's consent"),
    "workaround": _("Workaround"),
    "evidence": _("Logs and evidence"),
}

CONSENT_ITEM_LABELS = {
    Item.VIEW_SCREEN: _("See the screen"),
    Item.CONTROL: _("Control the mouse and keyboard"),
    Item.READ_DATA: _("Read data"),
    Item.CHANGE_DATA: _("Change data"),
    Item.TAKE_DEVICE: _("Take the device along"),
    Item.INTERRUPT_WORK: _("Interrupt the work"),
}
BACKUP_LABELS = {
    Backup.TAKEN: _("A backup was made"),
    Backup.DECLINED: _("No backup is made"),
    Backup.NOT_NEEDED: _("Nothing is changed, so none is needed"),
}
STEP_KIND_LABELS = {
    StepKind.SCREENING: pgettext_lazy("diagnosis", "Known answer"),
    StepKind.TEST: pgettext_lazy("diagnosis", "Test"),
    StepKind.CHANGE: pgettext_lazy("diagnosis", "Change"),
}
FINDING_LABELS = {
    Finding.SOLVED: pgettext_lazy("finding", "It solved the problem"),
    Finding.NOT_SOLVED: pgettext_lazy("finding", "It did not solve the problem"),
    Finding.NOT_SUITABLE: pgettext_lazy("finding", "It did not suit the case"),
    Finding.CONFIRMED: pgettext_lazy("finding", "This is the cause"),
    Finding.RULED_OUT: pgettext_lazy("finding", "This is not the cause"),
    Finding.UNCLEAR: pgettext_lazy("finding", "No clear result"),
    Finding.WORKED: pgettext_lazy("finding", "It helped"),
    Finding.NO_EFFECT: pgettext_lazy("finding", "It had no effect"),
    Finding.UNDONE: pgettext_lazy("finding", "It was undone"),
}

STATUS_CHOICES = [(code.value, label) for code, label in STATUS_LABELS.items()]
PRIORITY_CHOICES = [(code.value, label) for code, label in PRIORITY_LABELS.items()]
IMPACT_CHOICES = [(code.value, label) for code, label in IMPACT_LABELS.items()]
URGENCY_CHOICES = [(code.value, label) for code, label in URGENCY_LABELS.items()]
REASON_CHOICES = [(code.value, label) for code, label in REASON_LABELS.items()]
CONSENT_ITEM_CHOICES = [(code.value, label) for code, label in CONSENT_ITEM_LABELS.items()]
SESSION_SCOPE_CHOICES = [(code.value, CONSENT_ITEM_LABELS[code]) for code in REMOTE]
BACKUP_CHOICES = [(code.value, label) for code, label in BACKUP_LABELS.items()]
STEP_KIND_CHOICES = [(code.value, label) for code, label in STEP_KIND_LABELS.items()]
FINDING_CHOICES = [(code.value, label) for code, label in FINDING_LABELS.items()]
GIVEN_REASON_CHOICES = [(code.value, REASON_LABELS[code]) for code in GIVEN_BY_PEOPLE]
TARGET_CHOICES = [(code.value, label) for code, label in TARGET_LABELS.items()]
SLA_STATE_CHOICES = [(code.value, label) for code, label in SLA_STATE_LABELS.items()]


class EscalationState(models.TextChoices):
    """How far a ticket has gone up, as a filter (M3.4)."""

    ESCALATED = "escalated", _("Escalated")
    OFFERED = "offered", _("Waits to be accepted")


class Channel(models.TextChoices):
    """How the request reached us (M3.1-1)."""

    PORTAL = "portal", _("Portal")
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    API = "api", _("Other system")
    WALK_IN = "walk_in", _("In person")


class CallDirection(models.TextChoices):
    """Who rang whom."""

    IN = "in", _("Incoming call")
    OUT = "out", _("Outgoing call")


class WaitsFor(models.TextChoices):
    """Whose turn it is while a ticket waits."""

    USER = "user", _("The user")
    VENDOR = "vendor", _("A vendor")
    APPROVAL = "approval", _("An approval")
    PARTS = "parts", _("Parts")
    SCHEDULED = "scheduled", _("An agreed time")


class Closure(models.TextChoices):
    """How a ticket ended (M3.5-1 … M3.5-3)."""

    CONFIRMED = "confirmed", _("Confirmed by the requester")
    WORKAROUND_ACCEPTED = "workaround_accepted", _("Workaround accepted by the requester")
    UNCONFIRMED = "unconfirmed", _("Closed unconfirmed after reminders")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class MessageKind(models.TextChoices):
    """Who may read a message. Internal is the default everywhere (reliability-security 1.2)."""

    INTERNAL = "internal", _("Internal only")
    PUBLIC = "public", _("Visible to user")


class Act(models.TextChoices):
    """Acts besides the lifecycle's commands that leave a ticket event."""

    SUBMITTED = "submitted", _("Submitted")
    SOLVED_AT_FIRST_CONTACT = "solved_at_first_contact", _("Solved at first contact")
    REPLIED = "replied", _("Public message")
    NOTED = "noted", _("Internal note")
    MAIL_KEPT = "mail_kept", _("Automatic mail kept")
    EDITED = "edited", _("Details changed")
    REMINDED = "reminded", _("Reminder sent")
    TARGET_MISSED = "target_missed", _("Target missed")
    HANDOVER_OFFERED = "handover_offered", _("Hand-over offered")
    HANDOVER_ACCEPTED = "handover_accepted", _("Hand-over accepted")
    HANDOVER_RETURNED = "handover_returned", _("Hand-over sent back")
    HANDOVER_COMPLETED = "handover_completed", _("Hand-over package completed")
    HANDOVER_LEFT = "handover_left", _("Nobody accepted the hand-over")
    PRIORITY_RAISED = "priority_raised", _("Priority raised")
    TASK_ADDED = "task_added", _("Task added")
    TASK_DONE = "task_done", _("Task done")
    TASK_DROPPED = "task_dropped", _("Task dropped")
    STEP_PLANNED = "step_planned", _("Diagnosis step planned")
    STEP_DONE = "step_done", _("Diagnosis step done")
    STEP_DROPPED = "step_dropped", _("Diagnosis step dropped")
    CONSENT_ASKED = "consent_asked", _("Consent asked for")
    CONSENT_ANSWERED = "consent_answered", _("Consent answered")
    CONSENT_REMINDED = "consent_reminded", _("Reminded of a request for consent")
    CONSENT_LAPSED = "consent_lapsed", _("Consent not answered in time")
    CONSENT_CANCELLED = "consent_cancelled", _("Request for consent taken back")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("Consent withdrawn")
    SESSION_STARTED = "session_started", _("Remote session started")
    SESSION_ENDED = "session_ended", _("Remote session ended")
    SURVEY_ANSWERED = "survey_answered", _("Service rated")
    LOW_RATING = "low_rating", _("Opened because of a low rating")
    WATCHER_ADDED = "watcher_added", _("Person added")
    WATCHER_REMOVED = "watcher_removed", _("Person removed")
    INCIDENT_DECLARED = "incident_declared", _("Major incident declared")
    INCIDENT_CHANGED = "incident_changed", _("Major incident changed")
    INCIDENT_LINKED = "incident_linked", _("Linked to a major incident")
    INCIDENT_UNLINKED = "incident_unlinked", _("No longer linked to a major incident")
    INCIDENT_UPDATE = "incident_update", _("Incident update")
    INCIDENT_UPDATE_OVERDUE = "incident_update_overdue", _("Incident update overdue")
    INCIDENT_RESOLVED = "incident_resolved", _("Major incident resolved")
    INCIDENT_REVIEWED = "incident_reviewed", _("Major incident reviewed")
    PROMISE_MADE = "promise_made", _("First promise made")
    PROMISE_PASSED = "promise_passed", _("Promise passed")
    NEW_TIME_PROPOSED = "new_time_proposed", _("New time proposed")
    NEW_TIME_ANSWERED = "new_time_answered", _("Proposed time answered")
    NEW_TIME_LAPSED = "new_time_lapsed", _("Proposed time not answered")
    NEW_TIME_CANCELLED = "new_time_cancelled", _("Proposed time taken back")
    NEW_TIME_AGREED = "new_time_agreed", _("The user's own suggestion accepted")
    WINDOW_PROPOSED = "window_proposed", _("Work window proposed")
    WINDOW_ANSWERED = "window_answered", _("Work window answered")
    WINDOW_LAPSED = "window_lapsed", _("Work window not answered")
    WINDOW_CANCELLED = "window_cancelled", _("Work window taken back")
    ACTION_REQUESTED = "action_requested", _("Action requested")
    ACTION_ANSWERED = "action_answered", _("Request for action answered")
    ACTION_REMINDED = "action_reminded", _("Reminded of a request for action")
    ACTION_LAPSED = "action_lapsed", _("Request for action not answered")
    ACTION_CANCELLED = "action_cancelled", _("Request for action taken back")
    MADE_CONFIDENTIAL = "made_confidential", _("Made confidential")
    READERS_CHANGED = "readers_changed", _("Readers of a confidential ticket changed")
    CONFIDENTIALITY_LIFTED = "confidentiality_lifted", _("Confidentiality lifted")
    GLASS_BROKEN = "glass_broken", _("Opened in an emergency")
    SECURITY_RAISED = "security_raised", _("Security incident raised")
    SECURITY_STEP_ENDED = "security_step_ended", _("Step of a security incident ended")
    SECURITY_STEP_OVERDUE = "security_step_overdue", _("Step of a security incident overdue")
    EVIDENCE_TAKEN = "evidence_taken", _("Evidence secured")
    EVIDENCE_PASSED = "evidence_passed", _("Evidence passed on")
    EVIDENCE_CHECKED = "evidence_checked", _("Evidence checked")
    HOLD_SET = "hold_set", _("Legal hold set")
    HOLD_LIFTED = "hold_lifted", _("Legal hold lifted")
    ANONYMISED = "anonymised", _("Anonymised")
    VENDOR_CASE_OPENED = "vendor_case_opened", _("Vendor case opened")
    VENDOR_WRITTEN = "vendor_written", _("Vendor written to")
    VENDOR_CONTACTED = "vendor_contacted", _("Vendor contacted")
    VENDOR_ANSWERED = "vendor_answered", _("Vendor answered")
    VENDOR_MAIL_RETURNED = "vendor_mail_returned", _("Mail to the vendor came back")
    VENDOR_PROMISED = "vendor_promised", _("Vendor promised a time")
    VENDOR_CHASE_SET = "vendor_chase_set", _("Chasing of the vendor planned")
    VENDOR_CHASE_DUE = "vendor_chase_due", _("Vendor to be chased")
    VENDOR_CASE_CHANGED = "vendor_case_changed", _("Vendor case changed")
    VENDOR_CASE_CLOSED = "vendor_case_closed", _("Vendor case closed")
    ASSET_LINKED = "asset_linked", _("Device named")
    ASSET_UNLINKED = "asset_unlinked", _("Device taken off")
    SOURCE_LINKED = "source_linked", _("Source consulted")
    SOURCE_USED = "source_used", _("Known solution taken over")
    ARTICLE_DRAFTED = "article_drafted", _("Article drafted")


class IncidentSeverity(models.IntegerChoices):
    """How bad a major incident is (M3.4-4); 1 is the worst."""

    CRITICAL = 1, pgettext_lazy("severity", "Critical")
    SEVERE = 2, pgettext_lazy("severity", "Severe")
    SIGNIFICANT = 3, pgettext_lazy("severity", "Significant")


class IncidentState(models.TextChoices):
    """The life of a major incident: it works again, then what was learnt is written down."""

    OPEN = "open", pgettext_lazy("incident", "Open")
    RESOLVED = "resolved", pgettext_lazy("incident", "Resolved")
    REVIEWED = "reviewed", pgettext_lazy("incident", "Reviewed")


ACT_LABELS = {**dict(Act.choices), **{command.value: label for command, label in COMMAND_LABELS.items()}}
EVENT_CODES = [*Act.values, *(command.value for command in Command)]
