"""Forms of promises, work windows and requests for action. They only turn what was typed into values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.common.forms import MomentField, PlainForm
from tickets.models import ActionRequest
from tickets.models.asking import WORDS_LENGTH
from tickets.promise_choices import PROMISE_REASON_CHOICES
from tickets.promises import MOST_STEPS, STEP_LENGTH

_READ = _("The requester reads this.")
STEPS_LENGTH = 4 * MOST_STEPS * STEP_LENGTH
YES_NO = [("yes", _("It suits them")), ("no", _("It doesn't suit them"))]


def _words(label: Any, *, rows: int = 2, **kwargs: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": WORDS_LENGTH})
    return forms.CharField(label=label, max_length=WORDS_LENGTH, widget=widget, **kwargs)


def _answer_by(help_text: Any, **kwargs: Any) -> MomentField:
    return MomentField(label=_("Answer by"), help_text=help_text, **kwargs)


def _said() -> forms.CharField:
    return _words(_("What was said, and how?"), help_text=_("For example: on the phone, “three o'clock is fine”."))


class NewTimeForm(PlainForm):
    """A new time instead of what was promised."""

    reason_code = forms.ChoiceField(label=_("Why can't it be kept?"), choices=[("", "—"), *PROMISE_REASON_CHOICES])
    words = _words(_("In words"), help_text=_READ)
    proposed_at = MomentField(label=_("Proposed time"))
    meanwhile = _words(_("What can the user do meanwhile?"), required=False)
    answer_by_at = _answer_by(_("Without it there is time until the proposed time itself."), required=False)


class WindowForm(PlainForm):
    """A time to work on what the user needs."""

    starts_at = MomentField(label=_("Beginning"))
    ends_at = MomentField(label=_("End"))
    words = _words(_("What happens in this time?"), help_text=_READ)
    affected = _words(_("What can't the user do meanwhile?"), required=False)
    answer_by_at = _answer_by(_("Without it there is time until the window begins."), required=False)


class ActionForm(PlainForm):
    """What the user is asked to do."""

    words = _words(_("What is it for?"), help_text=_READ)
    steps = forms.CharField(
        label=_("Steps, one on each line"),
        max_length=STEPS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": STEPS_LENGTH}),
        help_text=_("They get numbers by themselves."),
    )
    answer_by_at = _answer_by(_("The ticket waits until then; the user is reminded each working day."))


class SpokenTimeForm(PlainForm):
    """What the requester said about a proposed time."""

    answer = forms.ChoiceField(label=_("Answer"), choices=YES_NO, widget=forms.RadioSelect)
    counter_at = MomentField(label=_("When do they need it?"), required=False)
    words = _said()


class SpokenWindowForm(PlainForm):
    """What the requester said about a work window."""

    answer = forms.ChoiceField(label=_("Answer"), choices=YES_NO, widget=forms.RadioSelect)
    wished_at = MomentField(label=_("When would it suit them better?"), required=False)
    words = _said()


class SpokenActionForm(PlainForm):
    """What the requester said about a request for action."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[("yes", _("They have done it")), ("no", _("They can't do it"))],
        widget=forms.RadioSelect,
    )
    done = forms.TypedMultipleChoiceField(
        label=_("Which steps did they take?"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    words = _said()

    def __init__(self, *args: Any, row: ActionRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done"].choices = [(step.position, str(step)) for step in row.steps.all()]
