"""Forms of the desk. They only turn what was typed into Python values; the services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import Team, User
from helpdesk.common.forms import MomentField, PersonField, PlainForm
from tickets.choices import (
    IMPACT_CHOICES,
    PRIORITY_CHOICES,
    SLA_STATE_CHOICES,
    STATUS_CHOICES,
    URGENCY_CHOICES,
    Channel,
    EscalationState,
)
from tickets.forms.commands import CategoryField
from tickets.lifecycle import OPEN
from tickets.models import Category, Outcome, QueueView, RequestKind, Ticket, TicketTask, WaitingReason
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH
from tickets.promise_choices import STANDING_CHOICES
from tickets.services.effects import REASON_LENGTH

_UNCHOSEN = [("", "—")]


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files. The service checks each; this only hands them on."""

    widget = SeveralFilesInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.widget.attrs["multiple"] = True

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [item for item in (data if isinstance(data, (list, tuple)) else [data]) if item]


def _area(rows: int, length: int = TEXT_LENGTH) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": length})


# --- Queue ------------------------------------------------------------------------------------------------------


class QueueFilterForm(forms.Form):
    """Every filter of the queue on one sheet."""

    q = forms.CharField(label=_("Words"), required=False, max_length=500)
    status = forms.MultipleChoiceField(
        label=_("Status"), required=False, choices=STATUS_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    priority = forms.MultipleChoiceField(
        label=_("Priority"),
        required=False,
        choices=[(code, format_lazy("{} {}", code, name)) for code, name in PRIORITY_CHOICES],
        widget=forms.CheckboxSelectMultiple,
    )
    assignee = forms.ChoiceField(label=_("Assignee"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    category = CategoryField(label=_("Category"), required=False, empty_label="—", queryset=Category.objects.all())
    kind = forms.ModelChoiceField(label=_("Kind"), required=False, empty_label="—", queryset=RequestKind.objects.all())
    waiting_reason = forms.ModelChoiceField(
        label=_("Waiting reason"), required=False, empty_label="—", queryset=WaitingReason.objects.all()
    )
    channel = forms.MultipleChoiceField(
        label=_("Channel"), required=False, choices=Channel.choices, widget=forms.CheckboxSelectMultiple
    )
    sla_state = forms.MultipleChoiceField(
        label=_("Time left"), required=False, choices=SLA_STATE_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    escalation = forms.MultipleChoiceField(
        label=_("Escalation"), required=False, choices=EscalationState.choices, widget=forms.CheckboxSelectMultiple
    )
    promise = forms.MultipleChoiceField(
        label=_("Promise"), required=False, choices=STANDING_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    due_within = forms.TypedChoiceField(
        label=_("Due within"),
        required=False,
        choices=[
            *_UNCHOSEN,
            ("15", _("15 minutes")),
            ("60", _("1 hour")),
            ("240", _("4 hours")),
            ("1440", _("24 hours")),
        ],
    )
    requester = forms.CharField(
        label=_("Requester"), required=False, max_length=150, help_text=_("The user name, or “me”.")
    )
    created_after = forms.DateField(
        label=_("Created from"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    created_before = forms.DateField(
        label=_("Created before"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="filter-%s", **kwargs)
        agents = User.objects.visible_to(viewer).desk().order_by("full_name")
        self.fields["assignee"].choices = [
            *_UNCHOSEN,
            ("me", _("Me")),
            ("none", _("Nobody")),
            *((agent.username, agent.get_full_name()) for agent in agents),
        ]
        teams = Team.objects.filter(is_retired=False)
        self.fields["team"].choices = [
            *_UNCHOSEN,
            ("none", _("No team")),
            *((str(team.pk), team.name) for team in teams),
        ]

    def as_query(self) -> dict[str, list[str]]:
        """The answers as values of the queue's query string."""
        query: dict[str, list[str]] = {}
        for name, value in self.cleaned_data.items():
            if isinstance(value, list):
                query[name] = value
            elif isinstance(value, Category):
                query[name] = [value.code]
            elif value is None or value == "":
                query[name] = []
            else:
                query[name] = [str(getattr(value, "pk", value))]
        if set(query["status"]) == set(OPEN):
            query["status"] = ["open"]
        elif not query["status"] and not query["q"]:
            query["status"] = [""]
        return query


def filter_values(query: QueryDict) -> dict[str, Any]:
    """A query string as the sheet's first answers."""
    values: dict[str, Any] = {}
    for name, field in QueueFilterForm.base_fields.items():
        if isinstance(field, forms.MultipleChoiceField):
            values[name] = [part for value in query.getlist(name) for part in value.split(",") if part]
        else:
            values[name] = query.get(name, "")
    groups = {"open": ["new", "classified", "in_progress", "waiting", "resolved"]}
    groups |= {"workable": groups["open"][:4], "done": ["closed", "cancelled"]}
    chosen = values["status"] if "status" in query or query.get("q") else ["open"]
    values["status"] = [status for code in chosen for status in groups.get(code, [code])]
    return values


class SaveViewForm(forms.Form):
    """A name for the queue's present filters."""

    name = forms.CharField(label=_("Name"), max_length=60)
    team = forms.ModelChoiceField(
        label=_("Share with"), required=False, queryset=Team.objects.none(), empty_label=_("Only me")
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="view-%s", **kwargs)
        self.fields["team"].queryset = Team.objects.filter(pk__in=viewer.team_ids, is_retired=False)

    @classmethod
    def of(cls, view: QueueView, viewer: User) -> SaveViewForm:
        return cls(initial={"name": view.name, "team": view.team_id}, viewer=viewer)


# --- Bulk -------------------------------------------------------------------------------------------------------


def _reason_field() -> forms.CharField:
    return forms.CharField(label=_("Reason"), required=False, max_length=REASON_LENGTH, widget=_area(2, REASON_LENGTH))


class BulkAssignForm(PlainForm):
    """To whom the chosen tickets go."""

    team = forms.ModelChoiceField(label=_("Team"), required=False, queryset=Team.objects.filter(is_retired=False))
    assignee = PersonField(label=_("Person"), required=False, queryset=User.objects.desk().order_by("full_name"))
    reason = _reason_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned.get("team") and not cleaned.get("assignee"):
            self.add_error("assignee", _("Choose a person or a team."))
        return cleaned


class BulkClassifyForm(PlainForm):
    """How the chosen tickets are classified. What is left empty keeps each ticket's own answer."""

    category = CategoryField(label=_("Category"), required=False, queryset=Category.objects.filter(is_retired=False))
    impact = forms.ChoiceField(label=_("Who is affected?"), required=False, choices=[*_UNCHOSEN, *IMPACT_CHOICES])
    urgency = forms.ChoiceField(label=_("What does it stop?"), required=False, choices=[*_UNCHOSEN, *URGENCY_CHOICES])
    reason = _reason_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not any(cleaned.get(name) for name in ("category", "impact", "urgency")):
            self.add_error("category", _("Choose at least one of category, impact and urgency."))
        return cleaned


# --- Ticket -----------------------------------------------------------------------------------------------------


class MessageForm(PlainForm):
    """A reply or a note. With `then` a reply also waits for the user in the same act."""

    body = forms.CharField(label=_("Text"), required=False, max_length=TEXT_LENGTH, widget=_area(4))
    files = FilesField(label=_("Files"))
    waiting_reason = forms.ModelChoiceField(
        label=_("Waits for"), required=False, queryset=WaitingReason.objects.filter(is_retired=False)
    )
    next_action_at = MomentField(label=_("Work goes on at"), required=False)


class DetailsForm(PlainForm):
    """Descriptive fields of a ticket, all or one part of them."""

    PARTS = {
        "request": ("subject", "description", "error_message", "steps", "occurred_at"),
        "contact": ("contact_name", "contact_department", "contact_phone", "contact_email", "contact_location"),
        "device": ("device_hostname", "device_ip"),
        "needed": ("needed_by_at", "needed_by_reason"),
    }

    subject = forms.CharField(label=_("Subject"), max_length=SUBJECT_LENGTH)
    description = forms.CharField(label=_("Description"), max_length=TEXT_LENGTH, widget=_area(6))
    error_message = forms.CharField(label=_("Error message"), required=False, max_length=TEXT_LENGTH, widget=_area(3))
    steps = forms.CharField(label=_("Steps that lead to it"), required=False, max_length=TEXT_LENGTH, widget=_area(3))
    occurred_at = MomentField(label=_("When did it happen?"), required=False)
    contact_name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120)
    contact_department = forms.CharField(label=_("Department"), required=False, max_length=250)
    contact_phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    contact_email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    contact_location = forms.CharField(label=_("Seat or room"), required=False, max_length=120)
    device_hostname = forms.CharField(label=_("Computer name"), required=False, max_length=120)
    device_ip = forms.CharField(label=_("IP address"), required=False, max_length=45)
    needed_by_at = MomentField(label=_("Needed by"), required=False)
    needed_by_reason = forms.CharField(label=_("Why by then?"), required=False, max_length=300)

    def __init__(self, *args: Any, part: str = "", ticket: Ticket | None = None, **kwargs: Any) -> None:
        if ticket is not None:
            kwargs["initial"] = {name: getattr(ticket, name) for name in self.base_fields}
        super().__init__(*args, auto_id="details-%s", **kwargs)
        for name in list(self.fields):
            if part in self.PARTS and name not in self.PARTS[part]:
                del self.fields[name]


class WatcherForm(forms.Form):
    """A person who shall read along."""

    person = forms.CharField(label=_("Person"), max_length=200, help_text=_("Name, user name or e-mail."))


class OnBehalfForm(PlainForm):
    """A request that came by phone, in person or by mail; staff write it down (M3.1-1)."""

    CHANNELS = (Channel.PHONE, Channel.WALK_IN, Channel.EMAIL)
    RESOLUTION = ("outcome", "cause", "solution", "advice", "verification")

    who = forms.CharField(
        label=_("Who is calling?"),
        required=False,
        max_length=200,
        help_text=_("Name, initials, department, e-mail, phone or computer."),
    )
    requester = forms.CharField(required=False, max_length=150, widget=forms.HiddenInput)
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[(channel.value, channel.label) for channel in CHANNELS],
        initial=Channel.PHONE.value,
        widget=forms.RadioSelect,
    )
    contact_name = forms.CharField(label=pgettext_lazy("person", "Name"), required=False, max_length=120)
    contact_department = forms.CharField(label=_("Department"), required=False, max_length=250)
    contact_phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    contact_email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    contact_location = forms.CharField(label=_("Seat or room"), required=False, max_length=120)
    subject = forms.CharField(label=_("Subject"), max_length=SUBJECT_LENGTH)
    description = forms.CharField(label=_("Notes of the conversation"), max_length=TEXT_LENGTH, widget=_area(7))
    kind = forms.ModelChoiceField(
        label=_("Kind"), queryset=RequestKind.objects.filter(is_retired=False), empty_label=None
    )
    category = CategoryField(label=_("Category"), required=False, queryset=Category.objects.filter(is_retired=False))
    impact = forms.ChoiceField(label=_("Who is affected?"), required=False, choices=[*_UNCHOSEN, *IMPACT_CHOICES])
    urgency = forms.ChoiceField(label=_("What does it stop?"), required=False, choices=[*_UNCHOSEN, *URGENCY_CHOICES])
    asset = forms.CharField(label=_("Device"), required=False, max_length=40)
    named = forms.CharField(
        label=_("Another device"),
        required=False,
        max_length=120,
        help_text=_("Asset tag, serial number, computer name or IP address."),
    )
    incident = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    article = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    device_hostname = forms.CharField(label=_("Computer name"), required=False, max_length=120)
    device_ip = forms.CharField(label=_("IP address"), required=False, max_length=45)
    error_message = forms.CharField(label=_("Error message"), required=False, max_length=TEXT_LENGTH, widget=_area(2))
    steps = forms.CharField(label=_("Steps that lead to it"), required=False, max_length=TEXT_LENGTH, widget=_area(2))
    occurred_at = MomentField(label=_("When did it happen?"), required=False)
    needed_by_at = MomentField(label=_("Needed by"), required=False)
    needed_by_reason = forms.CharField(label=_("Why by then?"), required=False, max_length=300)
    files = FilesField(label=_("Files"))
    outcome = forms.ModelChoiceField(
        label=_("Outcome"), required=False, queryset=Outcome.objects.filter(is_retired=False)
    )
    cause = forms.CharField(label=_("Cause"), required=False, max_length=TEXT_LENGTH, widget=_area(2))
    solution = forms.CharField(label=_("What was done"), required=False, max_length=TEXT_LENGTH, widget=_area(2))
    advice = forms.CharField(label=_("Advice for the user"), required=False, max_length=TEXT_LENGTH, widget=_area(2))
    verification = forms.CharField(
        label=_("How was it tested?"),
        required=False,
        max_length=TEXT_LENGTH,
        widget=_area(2),
        help_text=_("Who tested what, and when. For the desk only."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="new-%s", **kwargs)
        self.fields["named"].widget.attrs["autocomplete"] = "off"


class TaskForm(PlainForm):
    """A team's share of a ticket."""

    team = forms.ModelChoiceField(label=_("Team"), empty_label="—", queryset=Team.objects.filter(is_retired=False))
    words = forms.CharField(
        label=_("What is to be done?"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 4})
    )


class EndTaskForm(PlainForm):
    """How a task ended."""

    state = forms.ChoiceField(
        label=_("How did it end?"),
        choices=[
            (TicketTask.State.DONE, TicketTask.State.DONE.label),
            (TicketTask.State.DROPPED, _("Not needed")),
        ],
        initial=TicketTask.State.DONE,
        widget=forms.RadioSelect,
    )
    result = forms.CharField(
        label=_("What came of it?"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )
