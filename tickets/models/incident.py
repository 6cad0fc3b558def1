"""Major incidents (M3.4-4): one truth for many tickets, with the people who answer for it and the word they give."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.models import User
from helpdesk.common.bilingual import in_language
from tickets.choices import IncidentSeverity, IncidentState
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH, Ticket, of_visible_ticket

UPDATE_LENGTH = 2000
ACTION_LENGTH = 500
SHORTEST_CADENCE, LONGEST_CADENCE = 1, 7 * 24 * 60  # minutes
IS_OPEN = models.Q(state=IncidentState.OPEN)


class MajorIncidentQuerySet(models.QuerySet["MajorIncident"]):
    def visible_to(self, viewer: User) -> MajorIncidentQuerySet:
        """The desk knows of all of them; everybody else of those about which something was made public.

        An incident's own words are meant for everybody. Its tickets are not: they are read through the tickets'
        visibility, and so are their counts.
        """
        return self if viewer.is_desk else self.filter(announced_at__isnull=False)

    def open(self) -> MajorIncidentQuerySet:
        return self.filter(IS_OPEN)

    def with_links(self, viewer: User) -> MajorIncidentQuerySet:
        """With `linked` (tickets) and `affected` (people who requested them), counted through the viewer's eyes."""
        links = IncidentLink.objects.visible_to(viewer).filter(incident=models.OuterRef("pk"), unlinked_at=None)
        per_incident = links.order_by().values("incident")
        return self.annotate(
            linked=_counted(per_incident.annotate(n=models.Count("pk"))),
            affected=_counted(per_incident.annotate(n=models.Count("ticket__requester", distinct=True))),
        )


def _counted(rows: Any) -> Coalesce:
    return Coalesce(models.Subquery(rows.values("n"), output_field=models.IntegerField()), 0)


class MajorIncident(models.Model):
    """A ticket that many are affected by, declared as such.

    `ticket` is the parent: work goes on there. Title and `public_text_*` (what the newest banner update says) are for
    everybody. While it is open somebody owes the next word at `next_update_due_at`; `overdue_told_for` is the due
    instant of which commander and communication lead were told, so that they are told once for each.
    `declared_by` is null where a rule declared it.
    """

    number = models.CharField(_("number"), max_length=32, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    ticket = models.OneToOneField(
        Ticket, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="major_incident"
    )
    title_zh = models.CharField(_("Chinese title"), max_length=SUBJECT_LENGTH, blank=True)
    title_en = models.CharField(_("English title"), max_length=SUBJECT_LENGTH, blank=True)
    service = models.ForeignKey(
        "tickets.Category",
        verbose_name=_("service"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    severity = models.PositiveSmallIntegerField(_("severity"), choices=IncidentSeverity.choices)
    commander = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("incident commander"), on_delete=models.PROTECT, related_name="+"
    )
    communication_lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("communication lead"), on_delete=models.PROTECT, related_name="+"
    )
    update_every_minutes = models.PositiveIntegerField(_("minutes between updates"))
    next_update_due_at = models.DateTimeField(_("next update due"), null=True, blank=True)
    overdue_told_for = models.DateTimeField(null=True, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=IncidentState.choices, default=IncidentState.OPEN, editable=False
    )
    reason = models.TextField(_("reason"), max_length=TEXT_LENGTH, blank=True)
    declared_at = models.DateTimeField(_("declared"))
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("declared by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    expected_by_at = models.DateTimeField(_("expected to work again by"), null=True, blank=True)
    announced_at = models.DateTimeField(_("last made public"), null=True, blank=True, editable=False)
    public_text_zh = models.TextField(_("public text in Chinese"), max_length=UPDATE_LENGTH, blank=True)
    public_text_en = models.TextField(_("public text in English"), max_length=UPDATE_LENGTH, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)

    objects = MajorIncidentQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["overdue_told_for"])

    class Meta:
        verbose_name = _("major incident")
        verbose_name_plural = _("major incidents")
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=IncidentState.values), name="incident_state_known"),
            models.CheckConstraint(condition=models.Q(severity__range=(1, 3)), name="incident_severity_1_to_3"),
            models.CheckConstraint(
                condition=models.Q(update_every_minutes__range=(SHORTEST_CADENCE, LONGEST_CADENCE)),
                name="incident_cadence_within_a_week",
            ),
            models.CheckConstraint(
                condition=models.Q(IS_OPEN, next_update_due_at__isnull=False)
                | models.Q(~IS_OPEN, next_update_due_at__isnull=True),
                name="incident_open_owes_an_update",
            ),
            models.CheckConstraint(
                condition=models.Q(IS_OPEN, resolved_at__isnull=True) | models.Q(~IS_OPEN, resolved_at__isnull=False),
                name="incident_over_has_its_instant",
            ),
            models.CheckConstraint(
                condition=models.Q(state=IncidentState.REVIEWED, reviewed_at__isnull=False)
                | models.Q(~models.Q(state=IncidentState.REVIEWED), reviewed_at__isnull=True),
                name="incident_reviewed_has_its_instant",
            ),
            models.CheckConstraint(condition=~models.Q(title_zh="", title_en=""), name="incident_has_a_title"),
        ]
        indexes = [
            models.Index(fields=["next_update_due_at"], name="incident_update_due", condition=IS_OPEN),
            models.Index(fields=["state", "-declared_at"], name="incident_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        """In the reader's language, or in the other where it is missing."""
        return in_language(self.title_zh, self.title_en, get_language())

    @property
    def public_text(self) -> str:
        return in_language(self.public_text_zh, self.public_text_en, get_language())

    @property
    def is_open(self) -> bool:
        return self.state == IncidentState.OPEN

    def is_update_overdue(self, at: datetime) -> bool:
        return self.next_update_due_at is not None and at >= self.next_update_due_at


class IncidentLinkQuerySet(models.QuerySet["IncidentLink"]):
    def visible_to(self, viewer: User) -> IncidentLinkQuerySet:
        """Links of visible tickets: a confidential one isn't given away by its incident."""
        return self.filter(of_visible_ticket(viewer))


class IncidentLink(models.Model):
    """A ticket that suffers from an incident. Ended links stay as rows; nothing is deleted.

    `is_open` while the link counts: neither unlinked nor the incident over. A ticket has at most one such link.
    When the incident is resolved, `ending` says what becomes of the ticket; a worker carries it out.
    `linked_by` is null where a rule linked it.
    """

    class Ending(models.TextChoices):
        NONE = "", _("Undecided")
        PENDING = "pending", _("Is being resolved")
        RESOLVED = "resolved", _("Resolved with the incident")
        REFUSED = "refused", _("Could not be resolved with the incident")

    incident = models.ForeignKey(MajorIncident, on_delete=models.PROTECT, related_name="links")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="incident_links")
    is_open = models.BooleanField(default=True)
    linked_at = models.DateTimeField(_("linked"))
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    unlinked_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=8, choices=Ending.choices, blank=True, default=Ending.NONE)
    ending_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ending_problem = models.CharField(max_length=40, blank=True)

    objects = IncidentLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("linked ticket")
        verbose_name_plural = _("linked tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=models.Q(is_open=True), name="incident_link_one_open_per_ticket"
            ),
            models.UniqueConstraint(
                fields=["incident", "ticket"],
                condition=models.Q(unlinked_at__isnull=True),
                name="incident_link_once",
            ),
            models.CheckConstraint(
                condition=models.Q(is_open=False) | models.Q(unlinked_at__isnull=True),
                name="incident_link_open_is_linked",
            ),
            models.CheckConstraint(
                condition=~models.Q(ending="pending") | models.Q(ending_by__isnull=False),
                name="incident_link_ending_has_its_person",
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "linked_at"], name="incident_link_of_incident"),
            models.Index(fields=["id"], name="incident_link_pending", condition=models.Q(ending="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} / {self.ticket_id}"


class IncidentUpdateQuerySet(models.QuerySet["IncidentUpdate"]):
    def visible_to(self, viewer: User) -> IncidentUpdateQuerySet:
        """The desk reads all; everybody else what was made public for all. (One's own tickets tell the rest.)"""
        return self if viewer.is_desk else self.filter(for_banner=True)


class IncidentUpdate(models.Model):
    """One word about an incident, in both languages, to one or more audiences. Never changed or deleted.

    One language may be empty where its author insisted; readers then get the other one, and are told so.
    """

    incident = models.ForeignKey(MajorIncident, on_delete=models.PROTECT, related_name="updates")
    text_zh = models.TextField(_("text in Chinese"), max_length=UPDATE_LENGTH, blank=True)
    text_en = models.TextField(_("text in English"), max_length=UPDATE_LENGTH, blank=True)
    for_banner = models.BooleanField(_("banner in the portal"))
    for_requesters = models.BooleanField(_("requesters of linked tickets"))
    for_leads = models.BooleanField(_("team leads"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("written"))

    objects = IncidentUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident update")
        verbose_name_plural = _("incident updates")
        constraints = [
            models.CheckConstraint(condition=~models.Q(text_zh="", text_en=""), name="incident_update_says_something"),
            models.CheckConstraint(
                condition=models.Q(for_banner=True) | models.Q(for_requesters=True) | models.Q(for_leads=True),
                name="incident_update_has_an_audience",
            ),
        ]
        indexes = [models.Index(fields=["incident", "-created_at"], name="incident_update_newest")]

    def __str__(self) -> str:
        return f"{self.incident_id} #{self.pk}"

    @property
    def text(self) -> str:
        """In the reader's language, or in the other where it is missing."""
        return in_language(self.text_zh, self.text_en, get_language())

    @property
    def is_in_other_language(self) -> bool:
        """True when the reader gets the other language because their own is missing."""
        return not (self.text_zh if (get_language() or "zh").startswith("zh") else self.text_en)


class IncidentDelivery(models.Model):
    """An update on its way to one linked ticket: written with the update, carried out by a worker, once."""

    update = models.ForeignKey(IncidentUpdate, on_delete=models.PROTECT, related_name="deliveries")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["update", "ticket"], name="incident_delivery_once")]
        indexes = [
            models.Index(fields=["id"], name="incident_delivery_waiting", condition=models.Q(done_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.update_id} → {self.ticket_id}"


class IncidentReview(models.Model):
    """What was learnt: the document that closes an incident. For the desk only."""

    incident = models.OneToOneField(MajorIncident, on_delete=models.PROTECT, related_name="review")
    happened = models.TextField(_("what happened"), max_length=TEXT_LENGTH)
    course = models.TextField(_("how it went"), max_length=TEXT_LENGTH)
    cause = models.TextField(_("cause"), max_length=TEXT_LENGTH)
    went_well = models.TextField(_("what went well"), max_length=TEXT_LENGTH)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("author"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("review of an incident")
        verbose_name_plural = _("reviews of incidents")

    def __str__(self) -> str:
        return f"{self.incident_id}"


class ReviewAction(models.Model):
    """Something that is to be done so that it doesn't come again: what, by whom, by when."""

    review = models.ForeignKey(IncidentReview, on_delete=models.PROTECT, related_name="actions")
    what = models.CharField(_("what is to be done"), max_length=ACTION_LENGTH)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField(_("by"))

    class Meta:
        verbose_name = _("action from a review")
        verbose_name_plural = _("actions from reviews")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.what
