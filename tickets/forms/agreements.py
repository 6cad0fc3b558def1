"""Forms for what is asked of the requester, and for the diagnosis that leads there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from helpdesk.common.forms import MomentField, PlainForm
from tickets.choices import (
    BACKUP_CHOICES,
    CONSENT_ITEM_CHOICES,
    FINDING_LABELS,
    SESSION_SCOPE_CHOICES,
    STEP_KIND_CHOICES,
)
from tickets.consent import Backup
from tickets.diagnosis import FINDINGS, StepKind
from tickets.forms.desk import FilesField
from tickets.models import DiagnosisTemplate
from tickets.models.asking import WORDS_LENGTH

_SHORT = 300
VALID_FOR = (
    (30, _("30 minutes")),
    (120, _("2 hours")),
    (480, _("8 hours")),
    (1440, _("1 day")),
    (4320, _("3 days")),
    (10080, _("7 days")),
)


def _words(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": WORDS_LENGTH})


def _ticks(label: Any, *, is_required: bool, help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=is_required,
        choices=CONSENT_ITEM_CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


class ConfirmForm(PlainForm):
    """Nothing to fill in: the button is all."""


class ConsentForm(PlainForm):
    """What the requester is asked to allow."""

    items = _ticks(_("What do you ask for?"), is_required=True, help_text=_("The user decides about each by itself."))
    purpose = forms.CharField(label=_("What for"), max_length=WORDS_LENGTH, widget=_words())
    changes = forms.CharField(label=_("What will change"), max_length=WORDS_LENGTH, widget=_words())
    data_named = forms.CharField(
        label=_("Which data"),
        required=False,
        max_length=_SHORT,
        help_text=_("Needed where data is read or changed: the file, mailbox or settings that you mean."),
    )
    backup = forms.ChoiceField(label=_("Backup"), choices=BACKUP_CHOICES, initial=Backup.NOT_NEEDED)
    backup_words = forms.CharField(label=_("Where it is, or why there is none"), required=False, max_length=_SHORT)
    risk = forms.CharField(label=_("What can go wrong"), required=False, max_length=_SHORT)
    valid_for = forms.TypedChoiceField(
        label=_("How long it holds after the answer"),
        choices=VALID_FOR,
        coerce=lambda minutes: timedelta(minutes=int(minutes)),
        initial=30,
    )
    answer_by_at = MomentField(label=_("Answer by"), help_text=_("Without an answer until then it counts as refused."))


class SpokenConsentForm(PlainForm):
    """What the requester said by word of mouth. Which items there are, the row says."""

    allowed = _ticks(_("What did the user allow?"), is_required=False, help_text=_("What isn't ticked is refused."))
    words = forms.CharField(
        label=_("What was said, and how"),
        max_length=WORDS_LENGTH,
        widget=_words(),
        help_text=_("The user gets a mail about it and can object."),
    )

    def __init__(self, *args: Any, items: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["allowed"].choices = list(items.items())


class WithdrawalForm(PlainForm):
    """The requester took a consent back by word of mouth."""

    words = forms.CharField(label=_("What was said, and how"), max_length=WORDS_LENGTH, widget=_words())


class SessionForm(PlainForm):
    """Where a remote session begins."""

    scope = forms.ChoiceField(label=_("Scope"), choices=SESSION_SCOPE_CHOICES)
    tool = forms.CharField(label=_("Tool"), max_length=80)
    device = forms.CharField(label=_("Device"), max_length=120)


class SessionEndForm(PlainForm):
    """What came of it."""

    done = forms.CharField(label=_("What was done"), max_length=WORDS_LENGTH, widget=_words(3))
    recording = forms.CharField(
        label=_("Recording"), required=False, max_length=_SHORT, help_text=_("Where it is kept, if there is one.")
    )


def _finding_field(kinds: tuple[StepKind, ...]) -> forms.ChoiceField:
    findings = [(code.value, FINDING_LABELS[code]) for kind in kinds for code in FINDINGS[kind]]
    return forms.ChoiceField(label=_("What came of it?"), required=False, choices=[("", "—"), *findings])


class ResultForm(PlainForm):
    """What came of a step of one kind."""

    result = forms.CharField(label=_("In words"), required=False, max_length=WORDS_LENGTH, widget=_words())
    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=WORDS_LENGTH,
        widget=_words(),
        help_text=_("What was seen: an entry of a log, a measured value, an address of an article."),
    )
    minutes = forms.IntegerField(label=_("Minutes"), required=False)
    files = FilesField(label=_("Files"))

    def __init__(self, *args: Any, kinds: tuple[StepKind, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"finding": _finding_field(kinds), **self.fields}


class StepForm(ResultForm):
    """A step: planned, or with a result where it was taken already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, kinds=tuple(StepKind), **kwargs)
        own = {
            "kind": forms.ChoiceField(label=_("Kind"), choices=STEP_KIND_CHOICES, initial=StepKind.TEST),
            "hypothesis": forms.CharField(label=_("What is supposed"), required=False, max_length=_SHORT),
            "action": forms.CharField(label=_("What to do"), max_length=WORDS_LENGTH, widget=_words()),
            "touches": _ticks(
                _("Touches the user's data or work?"),
                is_required=False,
                help_text=_("What is ticked needs the user's consent before the step counts as done."),
            ),
        }
        self.fields = {**own, **self.fields}


class TemplateForm(PlainForm):
    """Which list of steps to take over."""

    def __init__(self, *args: Any, templates: QuerySet[DiagnosisTemplate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"] = forms.ModelChoiceField(
            label=_("List of steps"), queryset=templates, widget=forms.RadioSelect, empty_label=None
        )
