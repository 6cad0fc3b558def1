from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.validators import validate_ipv46_address
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from tickets.choices import (
    IMPACT_ANSWERS,
    IMPACT_CHOICES,
    PRIORITY_CHOICES,
    STATUS_CHOICES,
    URGENCY_ANSWERS,
    URGENCY_CHOICES,
    Channel,
    Closure,
)
from tickets.lifecycle import FINAL, OPEN, SOLVED, Status
from tickets.priority import Impact, Urgency
from tickets.promise_choices import STORED_STANDING_CHOICES

SUBJECT_LENGTH = 200
TEXT_LENGTH = 20_000
# `status__in=OPEN` in the words of the partial indexes. Without parameters, because SQLite takes a partial index only
# when it can see in the statement itself that all its rows are meant. The constraint `ticket_open_has_no_closing` holds
# both together.
IS_OPEN = models.Q(closed_at__isnull=True)
REFERENCES = (
    "number",
    "kind",
    "requester",
    "reported_by",
    "category",
    "team",
    "assignee",
    "accepted_by",
    "waiting_reason",
    "outcome",
    "follow_up_of",
    "offered_to",
)


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, viewer: User) -> TicketQuerySet:
        """The tickets this person may know of (M1.2-4). The only rule of visibility; every reader starts here (ADR 17).

        Everybody: what they requested, reported or were added to. The desk: every ticket that isn't confidential.
        Confidential ones: the people on it, who it is offered to, the people and teams that are named as its readers and,
        unless it is for named people only, the members of its team; nobody else, leads and administrators included. These
        may open one in an emergency: for a few hours they read it, and do nothing else (`policies.is_let_in`).
        """
        known = _known_to(viewer)
        if viewer.can(Ability.CONFIGURE) or viewer.can(Ability.WORK_EVERYWHERE):
            from tickets.models.confidential import BreakGlass

            # The clock is read here, so that such an access ends at its instant whoever looks, and whatever stands still.
            opened = BreakGlass.objects.filter(user=viewer).in_force(timezone.now())
            known |= models.Q(pk__in=opened.values("ticket_id"))
        return self.filter(known)

    def open(self) -> TicketQuerySet:
        return self.filter(IS_OPEN)

    def solved(self) -> TicketQuerySet:
        """Those whose solution stands (`Ticket.is_solved`)."""
        return self.filter(status__in=SOLVED).exclude(solution="")


def _known_to(viewer: User) -> models.Q:
    """Those that this person may know of without an emergency."""
    if not viewer.can(Ability.USE_DESK):
        # The few keys of one person, each part from its own index: with `OR` PostgreSQL looks at every ticket.
        requested, reported = (Ticket.objects.filter(**{role: viewer}) for role in ("requester", "reported_by"))
        watched = Watcher.objects.filter(user=viewer)
        return models.Q(pk__in=requested.values("pk").union(reported.values("pk"), watched.values("ticket_id")))
    from tickets.models.confidential import TicketReader

    named = models.Q(user=viewer)
    if viewer.team_ids:
        named |= models.Q(team_id__in=viewer.team_ids)
    known = models.Q(is_confidential=False) | models.Q(assignee=viewer) | models.Q(offered_to=viewer)
    known |= models.Q(requester=viewer) | models.Q(reported_by=viewer)
    known |= models.Q(pk__in=Watcher.objects.filter(user=viewer).values("ticket_id"))
    known |= models.Q(pk__in=TicketReader.objects.filter(named).values("ticket_id"))
    if viewer.team_ids:
        known |= models.Q(is_named_only=False, team_id__in=viewer.team_ids)
    return known


def of_visible_ticket(viewer: User) -> models.Exists:
    """The condition on rows with a `ticket_id` that their ticket is visible. Asked for each row: `IN` with all visible
    tickets makes SQLite list them before it looks at the first row."""
    return models.Exists(Ticket.objects.visible_to(viewer).filter(pk=models.OuterRef("ticket_id")))


class Ticket(models.Model):
    """A request from one person, from submission to archive.

    Only `tickets/services/` changes rows here; every change raises `version`, leaves one `TicketEvent` and
    one history row. Contact data is a snapshot taken when the ticket was submitted (M3.1-2). Instants are UTC.
    """

    number = models.CharField(_("number"), max_length=32, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    # M3.1-3 … M3.1-5: the request
    # References without an index of their own are never looked up alone: an index below begins with them, or none helps.
    kind = models.ForeignKey(
        "tickets.RequestKind", verbose_name=_("kind"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH)
    description = models.TextField(_("description"), max_length=TEXT_LENGTH)
    error_message = models.TextField(_("error message"), max_length=TEXT_LENGTH, blank=True)
    occurred_at = models.DateTimeField(_("occurred at"), null=True, blank=True)
    steps = models.TextField(_("steps"), max_length=TEXT_LENGTH, blank=True)
    device_hostname = models.CharField(_("computer name"), max_length=120, blank=True)
    device_ip = models.CharField(_("IP address"), max_length=45, blank=True, validators=[validate_ipv46_address])
    needed_by_at = models.DateTimeField(_("needed by"), null=True, blank=True)
    needed_by_reason = models.CharField(_("why by then"), max_length=300, blank=True)

    # M3.1-2: people, and how to reach the requester for this ticket
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requester"),
        on_delete=models.PROTECT,
        related_name="requested_tickets",
        db_index=False,
    )
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("reported by"),
        on_delete=models.PROTECT,
        related_name="reported_tickets",
    )
    contact_name = models.CharField(_("name"), max_length=120)
    contact_department = models.CharField(_("department"), max_length=250, blank=True)
    contact_phone = models.CharField(_("phone"), max_length=40, blank=True)
    contact_email = models.CharField(_("e-mail"), max_length=254, blank=True)
    contact_location = models.CharField(_("seat or room"), max_length=120, blank=True)
    watchers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="tickets.Watcher", related_name="watched_tickets", verbose_name=_("watchers")
    )

    # M3.2-1: classification
    category = models.ForeignKey(
        "tickets.Category",
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    impact = models.CharField(_("impact"), max_length=14, choices=IMPACT_CHOICES, blank=True)
    urgency = models.CharField(_("urgency"), max_length=10, choices=URGENCY_CHOICES, blank=True)
    priority = models.CharField(_("priority"), max_length=2, choices=PRIORITY_CHOICES, blank=True)

    # Handling
    status = models.CharField(_("status"), max_length=12, choices=STATUS_CHOICES, default=Status.NEW)
    team = models.ForeignKey(
        "accounts.Team",
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
        db_index=False,
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assignee"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_tickets",
        db_index=False,
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("accepted by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    first_response_at = models.DateTimeField(_("first reply at"), null=True, blank=True)
    waiting_reason = models.ForeignKey(
        "tickets.WaitingReason",
        verbose_name=_("waiting reason"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    next_action_at = models.DateTimeField(_("next action at"), null=True, blank=True)
    is_confidential = models.BooleanField(_("confidential"), default=False)
    # Of a confidential ticket: its team's members have to be named like everybody else.
    is_named_only = models.BooleanField(_("for named people only"), default=False)

    # M3.3.4, M3.5: resolution and closing
    outcome = models.ForeignKey(
        "tickets.Outcome",
        verbose_name=_("outcome"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    cause = models.TextField(_("cause"), max_length=TEXT_LENGTH, blank=True)
    solution = models.TextField(_("solution"), max_length=TEXT_LENGTH, blank=True)
    advice = models.TextField(_("advice"), max_length=TEXT_LENGTH, blank=True)
    verification = models.TextField(_("how it was tested"), max_length=TEXT_LENGTH, blank=True)
    tested_by = models.CharField(_("tested by"), max_length=120, blank=True)
    tested_at = models.DateTimeField(_("tested at"), null=True, blank=True)
    is_first_contact_fix = models.BooleanField(_("solved at first contact"), default=False)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    confirm_by_at = models.DateTimeField(_("confirm by"), null=True, blank=True)
    reminders_sent = models.PositiveSmallIntegerField(default=0, editable=False)
    closure = models.CharField(_("closure"), max_length=20, choices=Closure.choices, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    reopen_count = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    # When it was erased who it was about, and when its texts were (ADR 18).
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, blank=True, editable=False)
    texts_erased_at = models.DateTimeField(_("texts erased"), null=True, blank=True, editable=False)
    follow_up_of = models.ForeignKey(
        "self",
        verbose_name=_("follow-up of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="follow_ups",
    )

    # Snapshot for queues, written by the escalation app through one service
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    next_due_target = models.CharField(_("what is due next"), max_length=12, blank=True)
    sla_state = models.CharField(_("SLA state"), max_length=10, default="none")
    sla_revision = models.PositiveIntegerField(default=0, editable=False)
    escalation_level = models.PositiveSmallIntegerField(_("escalation level"), default=0)
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("offered to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offered_tickets",
        db_index=False,
    )
    # What stands beside the ticket in rows of its own, counted and timed here by `tickets/matters.py` alone.
    open_matters = models.PositiveSmallIntegerField(_("what must end first"), default=0)
    open_questions = models.PositiveSmallIntegerField(_("questions to the requester"), default=0)
    agreed_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What is promised to the requester now, written by `services/agreements/promises.py` alone.
    promised_at = models.DateTimeField(_("promised time"), null=True, blank=True)
    promise_state = models.CharField(_("promise"), max_length=8, choices=STORED_STANDING_CHOICES, blank=True)

    timer_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    updated_at = models.DateTimeField(_("updated"), editable=False)

    objects = TicketQuerySet.as_manager()
    # What follows from the acts has no history of its own. Past rows are only read by their ticket.
    history = HistoricalRecords(
        excluded_fields=[
            "open_questions",
            "agreed_due_at",
            "promised_at",
            "promise_state",
            "next_due_at",
            "next_due_target",
            "sla_state",
            "sla_revision",
        ],
        no_db_index=REFERENCES,
    )

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=list(Status)), name="ticket_status_known"),
            models.CheckConstraint(
                condition=~models.Q(status=Status.WAITING)
                | models.Q(waiting_reason__isnull=False, next_action_at__isnull=False),
                name="ticket_waiting_has_reason_and_date",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=[Status.CLASSIFIED, Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED])
                | (
                    models.Q(category__isnull=False)
                    & ~models.Q(impact="")
                    & ~models.Q(urgency="")
                    & ~models.Q(priority="")
                ),
                name="ticket_classified_before_work",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=FINAL) | (models.Q(closed_at__isnull=False) & ~models.Q(closure="")),
                name="ticket_closed_has_closure",
            ),
            models.CheckConstraint(condition=models.Q(status__in=FINAL) | IS_OPEN, name="ticket_open_has_no_closing"),
            models.CheckConstraint(
                condition=models.Q(archived_at__isnull=True) | models.Q(status__in=FINAL),
                name="ticket_archived_is_final",
            ),
            models.CheckConstraint(
                condition=models.Q(is_named_only=False) | models.Q(is_confidential=True),
                name="ticket_named_only_is_confidential",
            ),
            models.CheckConstraint(
                condition=models.Q(texts_erased_at__isnull=True) | models.Q(anonymised_at__isnull=False),
                name="ticket_texts_erased_is_anonymised",
            ),
        ]
        indexes = [
            models.Index(fields=["timer_at"], name="ticket_timer", condition=models.Q(timer_at__isnull=False)),
            models.Index(
                fields=["archived_at"],
                name="ticket_retention",
                condition=models.Q(archived_at__isnull=False, texts_erased_at__isnull=True),
            ),
            models.Index(fields=["-created_at", "-id"], name="ticket_newest"),
            models.Index(fields=["-updated_at", "-id"], name="ticket_changed"),
            models.Index(fields=["requester", "-created_at"], name="ticket_of_requester"),
            models.Index(fields=["assignee", "status"], name="ticket_of_assignee"),
            models.Index(fields=["team", "status"], name="ticket_of_team"),
            models.Index(fields=["offered_to"], name="ticket_offered", condition=models.Q(offered_to__isnull=False)),
            models.Index(fields=["status", "-updated_at"], name="ticket_by_status"),
            models.Index(fields=["next_due_at", "id"], name="ticket_open_due", condition=IS_OPEN),
            models.Index(fields=["sla_revision"], name="ticket_open_judged", condition=IS_OPEN),
            models.Index(
                fields=["priority", "created_at", "id"],
                name="ticket_open_priority",
                condition=IS_OPEN,
            ),
            models.Index(fields=["status", "priority", "created_at", "id"], name="ticket_status_priority"),
            # All that the counts beside the queue ask of a ticket, so that they read this small index alone.
            models.Index(
                fields=[
                    "status",
                    "assignee",
                    "team",
                    "waiting_reason",
                    "is_confidential",
                    "is_named_only",
                    "requester",
                    "reported_by",
                    "offered_to",
                    "next_due_at",
                    "escalation_level",
                    "promised_at",
                ],
                name="ticket_open_counts",
                condition=IS_OPEN,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_solved(self) -> bool:
        """Whether it has a solution that nobody rejected: a reopened ticket keeps the words of its old one."""
        return self.status in SOLVED and bool(self.solution)

    @property
    def is_classified(self) -> bool:
        return bool(self.category_id and self.impact and self.urgency)

    @property
    def impact_answer(self) -> str:
        """Who is affected, in the requester's own words."""
        return str(IMPACT_ANSWERS[Impact(self.impact)]) if self.impact else ""

    @property
    def urgency_answer(self) -> str:
        """What it stops, in the requester's own words."""
        return str(URGENCY_ANSWERS[Urgency(self.urgency)]) if self.urgency else ""

    def is_confirmation_overdue(self, at: datetime) -> bool:
        """True when the announced silence is over (M3.5-3)."""
        return self.confirm_by_at is not None and at >= self.confirm_by_at


class Watcher(models.Model):
    """A person who reads a ticket along: sees what its requester sees and gets the same notices."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="watcher_rows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="watcher_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} / {self.user_id}"
