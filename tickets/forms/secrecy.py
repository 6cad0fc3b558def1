"""Forms of confidential tickets and security incidents. They only turn what was typed into Python values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team, User
from helpdesk.common.forms import MomentField, PlainForm
from tickets.models import SecurityStep
from tickets.models.confidential import REASON_LENGTH
from tickets.models.security import NAME_LENGTH, WORDS_LENGTH
from tickets.models.ticket import Ticket
from tickets.services.confidentiality import Circle


def _area(rows: int, length: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": length})


class ReasonForm(PlainForm):
    """Why something is done."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH, widget=_area(3, REASON_LENGTH))


class PeopleField(forms.ModelMultipleChoiceField):
    """People of the desk, by user name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(to_field_name="username", widget=forms.CheckboxSelectMultiple, **kwargs)

    def label_from_instance(self, obj: User) -> str:
        return obj.get_full_name()


class CircleForm(PlainForm):
    """Who needs to know. The reason is asked for only when the ticket becomes confidential."""

    people = PeopleField(label=_("People who need to know"), required=False, queryset=User.objects.none())
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams that need to know"),
        required=False,
        queryset=Team.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    is_named_only = forms.BooleanField(
        label=_("Only named people: its own team can't read it either"),
        required=False,
        help_text=_("The requester, its assignee and whoever is asked to take it over can always read it."),
    )
    reason = forms.CharField(
        label=_("Why is it confidential?"),
        max_length=REASON_LENGTH,
        widget=_area(2, REASON_LENGTH),
        help_text=_("Kept in the record. The requester doesn't read it."),
    )

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        rows = list(ticket.reader_rows.select_related("user"))
        named = [row.user for row in rows if row.user is not None]
        initial = {
            "people": [person.username for person in named],
            "teams": [row.team_id for row in rows if row.team_id],
            "is_named_only": ticket.is_named_only,
        }
        super().__init__(*args, initial=initial, auto_id="circle-%s", **kwargs)
        # Somebody who left the desk meanwhile can still be taken off.
        people = User.objects.filter(pk__in=[person.pk for person in named]) | User.objects.desk()
        self.fields["people"].queryset = people.order_by("full_name")
        self.fields["teams"].queryset = Team.objects.filter(is_retired=False)
        if ticket.is_confidential:
            del self.fields["reason"]

    def circle(self) -> Circle:
        data = self.cleaned_data
        return Circle(people=list(data["people"]), teams=list(data["teams"]), is_named_only=data["is_named_only"])


class BreakGlassForm(PlainForm):
    """Opening a confidential ticket in an emergency."""

    number = forms.CharField(label=_("Ticket number"), max_length=32)
    reason = forms.CharField(
        label=_("Why do you have to read it now?"),
        max_length=REASON_LENGTH,
        widget=_area(3, REASON_LENGTH),
        help_text=_("Its assignee, its team's lead and all administrators read this."),
    )


class RaiseForm(PlainForm):
    """Raising a security incident."""

    suspicion = forms.CharField(
        label=_("What do you suspect?"),
        max_length=WORDS_LENGTH,
        widget=_area(3, WORDS_LENGTH),
        help_text=_("A sentence is enough. Everything else can wait."),
    )


class StepForm(PlainForm):
    """How a step of the checklist ended."""

    state = forms.ChoiceField(
        label=_("How did the step end?"),
        choices=[choice for choice in SecurityStep.State.choices if choice[0] != SecurityStep.State.OPEN],
        initial=SecurityStep.State.DONE,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What was done"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=_area(3, WORDS_LENGTH),
        help_text=_("Say why, where it doesn't apply."),
    )


class EvidenceForm(PlainForm):
    """A file with where it came from."""

    file = forms.FileField(label=_("File"), help_text=_("Its fingerprint is made when it arrives."))
    what = forms.CharField(label=_("What is it?"), max_length=NAME_LENGTH)
    found_where = forms.CharField(
        label=_("Where was it found?"), max_length=NAME_LENGTH, help_text=_("The device, mailbox or log.")
    )
    taken_at = MomentField(label=_("When was it secured?"))


class CustodyForm(PlainForm):
    """The evidence goes to somebody else."""

    passed_to = forms.CharField(
        label=_("Who receives it?"), max_length=NAME_LENGTH, help_text=_("Name and office, also outside the house.")
    )
    passed_at = MomentField(label=_("When?"))
    purpose = forms.CharField(label=_("What for?"), max_length=NAME_LENGTH)
