"""Forms of major incidents. They only turn what was typed into Python values; the services decide."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from helpdesk.common.forms import MomentField, PersonField, PlainForm
from tickets.choices import IncidentSeverity
from tickets.forms.commands import CategoryField
from tickets.models import Category, MajorIncident, Ticket
from tickets.models.incident import ACTION_LENGTH, LONGEST_CADENCE, SHORTEST_CADENCE, UPDATE_LENGTH
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH
from tickets.services.effects import REASON_LENGTH
from tickets.services.incident_endings import FIRST_YEAR, LAST_YEAR, PlannedAction, Review
from tickets.services.incident_links import MOST
from tickets.services.incident_updates import AUDIENCES, Word
from tickets.services.incidents import UPDATE_EVERY_MINUTES, Declaration, severity_for

ACTIONS = 5
_HAN = re.compile("[\u3400-\u9fff]")
_AUDIENCE_LABELS = {
    "banner": _("Banner in the portal: everybody"),
    "requesters": _("Requesters of the linked tickets: each once, by mail and here"),
    "leads": _("Team leads"),
}


def _area(rows: int, length: int, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": length, **attrs})


def _people() -> Any:
    return User.objects.desk().filter(is_agent=True).order_by("full_name")


class _IncidentForm(PlainForm):
    """What can be said when it is declared and changed later."""

    title_zh = forms.CharField(
        label=_("Title in Chinese"),
        required=False,
        max_length=SUBJECT_LENGTH,
        help_text=_("What doesn't work, in lay words: everybody reads it in the portal."),
    )
    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=SUBJECT_LENGTH)
    service = CategoryField(label=_("Service"), queryset=Category.objects.filter(is_retired=False))
    severity = forms.TypedChoiceField(
        label=_("Severity"), choices=IncidentSeverity.choices, coerce=int, widget=forms.RadioSelect
    )
    commander = PersonField(label=_("Incident commander"), queryset=User.objects.none(), help_text=_("Decides."))
    communication_lead = PersonField(
        label=_("Communication lead"), queryset=User.objects.none(), help_text=_("Writes the updates.")
    )
    update_every_minutes = forms.IntegerField(
        label=_("Minutes between updates"),
        min_value=SHORTEST_CADENCE,
        max_value=LONGEST_CADENCE,
        help_text=_("When an update is overdue, commander and communication lead are told."),
    )
    expected_by_at = MomentField(
        label=_("Expected to work again by"), required=False, help_text=_("Everybody reads it in the portal.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="incident-%s", **kwargs)
        for name in ("commander", "communication_lead"):
            self.fields[name].queryset = _people()


class DeclareForm(_IncidentForm):
    """Making a ticket a major incident."""

    text_zh = forms.CharField(
        label=_("First public text in Chinese"),
        required=False,
        max_length=UPDATE_LENGTH,
        widget=_area(3, UPDATE_LENGTH),
        help_text=_("Shown in the portal at once. Without one the banner appears with the first update."),
    )
    text_en = forms.CharField(
        label=_("First public text in English"),
        required=False,
        max_length=UPDATE_LENGTH,
        widget=_area(3, UPDATE_LENGTH),
    )
    reason = forms.CharField(
        label=_("Why is it a major incident?"),
        max_length=REASON_LENGTH,
        widget=_area(2, REASON_LENGTH),
        help_text=_("For the desk only."),
    )

    @classmethod
    def for_ticket(cls, ticket: Ticket, actor: User) -> DeclareForm:
        """Prefilled from the ticket. Its subject is only a suggestion for the title: the requester's words are theirs."""
        title = "title_zh" if _HAN.search(ticket.subject) else "title_en"
        initial = {
            title: ticket.subject,
            "service": ticket.category.code if ticket.category is not None else None,
            "severity": int(severity_for(ticket.priority)),
            "commander": actor.username,
            "communication_lead": actor.username,
            "update_every_minutes": UPDATE_EVERY_MINUTES,
        }
        return cls(initial=initial)

    def declaration(self) -> Declaration:
        return Declaration(**self.cleaned_data)


class EditForm(_IncidentForm):
    """Changing an incident's roles and particulars."""

    @classmethod
    def of(cls, incident: MajorIncident) -> EditForm:
        initial = {name: getattr(incident, name) for name in cls.base_fields}
        initial |= {
            "service": incident.service.code if incident.service is not None else None,
            "commander": incident.commander.username,
            "communication_lead": incident.communication_lead.username,
        }
        return cls(initial=initial)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].required = False


class UpdateForm(PlainForm):
    """The composer: both languages side by side, and who is to read it."""

    text_zh = forms.CharField(
        label=_("In Chinese"),
        required=False,
        max_length=UPDATE_LENGTH,
        widget=_area(5, UPDATE_LENGTH, lang="zh-Hans"),
    )
    text_en = forms.CharField(
        label=_("In English"), required=False, max_length=UPDATE_LENGTH, widget=_area(5, UPDATE_LENGTH, lang="en")
    )
    audiences = forms.MultipleChoiceField(
        label=_("Who reads it"),
        required=False,
        choices=[(name, _AUDIENCE_LABELS[name]) for name in AUDIENCES],
        initial=list(AUDIENCES),
        widget=forms.CheckboxSelectMultiple,
    )
    expected_by_at = MomentField(label=_("Expected to work again by"), required=False)
    is_forced = forms.BooleanField(label=_("Publish in one language only"), required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="update-%s", **kwargs)

    def word(self) -> Word:
        given = self.cleaned_data
        return Word(
            text_zh=given["text_zh"],
            text_en=given["text_en"],
            audiences=frozenset(given["audiences"]),
            is_forced=given["is_forced"],
            expected_by_at=given["expected_by_at"],
        )


class LinkForm(PlainForm):
    """Tickets by number."""

    tickets = forms.CharField(
        label=_("Ticket numbers"),
        max_length=33 * MOST,
        widget=_area(2, 33 * MOST),
        help_text=_("One or several, with blanks or commas between."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="link-%s", **kwargs)

    def clean_tickets(self) -> list[str]:
        numbers = [number.lstrip("#") for number in re.split(r"[\s,，、;；]+", self.cleaned_data["tickets"]) if number]
        if not numbers:
            raise forms.ValidationError(_("Choose at least one ticket."))
        if len(numbers) > MOST:
            raise forms.ValidationError(_("Choose at most %(limit)d tickets at once.") % {"limit": MOST})
        return list(dict.fromkeys(number[:33] for number in numbers))


class IncidentOfTicketForm(forms.Form):
    """To which open incident a ticket belongs."""

    incident = forms.ModelChoiceField(
        label=_("Major incident"),
        queryset=MajorIncident.objects.none(),
        to_field_name="number",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the major incident."),
            "invalid_choice": _("This major incident is no longer open. Choose another one."),
        },
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="incident-%s", **kwargs)
        field = self.fields["incident"]
        field.queryset = MajorIncident.objects.visible_to(viewer).open().order_by("severity", "declared_at")
        field.label_from_instance = lambda incident: f"{incident.number} {incident.title}"


class ReviewForm(PlainForm):
    """The document that closes an incident, with up to five actions."""

    happened = forms.CharField(label=_("What happened?"), max_length=TEXT_LENGTH, widget=_area(4, TEXT_LENGTH))
    course = forms.CharField(
        label=_("How did it go, in order?"),
        max_length=TEXT_LENGTH,
        widget=_area(8, TEXT_LENGTH),
        help_text=_("Prefilled from the record. Complete what isn't in it."),
    )
    cause = forms.CharField(label=_("What was the cause?"), max_length=TEXT_LENGTH, widget=_area(4, TEXT_LENGTH))
    went_well = forms.CharField(label=_("What went well?"), max_length=TEXT_LENGTH, widget=_area(4, TEXT_LENGTH))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="review-%s", **kwargs)
        for number in range(1, ACTIONS + 1):
            self.fields[f"what_{number}"] = forms.CharField(
                label=_("What is to be done"), required=False, max_length=ACTION_LENGTH
            )
            self.fields[f"owner_{number}"] = PersonField(label=_("By whom"), required=False, queryset=_people())
            self.fields[f"due_on_{number}"] = forms.DateField(
                label=_("By when"),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                input_formats=["%Y-%m-%d"],
            )

    @property
    def texts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.base_fields]

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """The actions' fields, an action a row."""
        return [
            (self[f"what_{number}"], self[f"owner_{number}"], self[f"due_on_{number}"])
            for number in range(1, ACTIONS + 1)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for number in range(1, ACTIONS + 1):
            names = (f"what_{number}", f"owner_{number}", f"due_on_{number}")
            given = [name for name in names if cleaned.get(name)]
            if given and len(given) < len(names) and not any(name in self.errors for name in names):
                missing = next(name for name in names if name not in given)
                self.add_error(missing, _("Say what is to be done, by whom and by when."))
            due = cleaned.get(names[2])
            if due is not None and not FIRST_YEAR <= due.year <= LAST_YEAR:
                self.add_error(names[2], _("Choose a date between 2000 and 2200."))
        return cleaned

    def review(self) -> Review:
        given = self.cleaned_data
        actions = [
            PlannedAction(given[f"what_{number}"], given[f"owner_{number}"], given[f"due_on_{number}"])
            for number in range(1, ACTIONS + 1)
            if given[f"what_{number}"]
        ]
        return Review(*(given[name] for name in self.base_fields), actions=actions)
