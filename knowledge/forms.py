"""Forms of the knowledge base. They only turn what was typed into Python values; the services decide."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team, User
from helpdesk.common.forms import PersonField, PlainForm
from knowledge.choices import FIELD_LABELS, FIELDS, LANGUAGES, NOTE_LENGTH, TEXT_LENGTH, TITLE_LENGTH, Audience, Reason
from knowledge.models import Article, ArticleVersion, Topic
from knowledge.services.writing import PREFIX, Details

ROWS = {"symptom": 4, "cause": 3, "solution": 9, "advice": 3, "body": 4}


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class NamesField(forms.CharField):
    """Names, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> Any:
        return [name.strip() for name in re.split(r"[\r\n]+", super().to_python(value) or "") if name.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def run_validators(self, value: Any) -> None:
        """The validators of a text don't fit a list; the service limits it."""


class ArticleForm(PlainForm):
    """The editor: both languages side by side, and what the article is besides its words."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    audience = forms.ChoiceField(label=_("Who may read it"), choices=Audience.choices)
    team = forms.ModelChoiceField(
        label=_("Team"), required=False, queryset=Team.objects.filter(is_retired=False), empty_label="—"
    )
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics"),
        required=False,
        queryset=Topic.objects.on_offer(),
        widget=forms.CheckboxSelectMultiple,
    )
    owner = PersonField(label=_("Owner"), queryset=User.objects.desk().order_by("full_name"), empty_label="—")
    applies_to = NamesField(
        label=_("Applies to"),
        required=False,
        help_text=_("Device models and programs, one a line, as they are called on the device."),
    )
    review_on = DayField(
        label=_("Check again on"), required=False, help_text=_("Empty: half a year after it was published.")
    )
    note = forms.CharField(
        label=_("What changed, and why"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Your reviewer and your successor read this."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = User.objects.desk() | User.objects.active().filter(is_admin=True)
        self.fields["owner"].queryset = owners.order_by("full_name")
        for prefix in PREFIX.values():
            self.fields[f"{prefix}_title"] = forms.CharField(
                label=FIELD_LABELS["title"], required=False, max_length=TITLE_LENGTH
            )
            for name in FIELDS:
                self.fields[f"{prefix}_{name}"] = forms.CharField(
                    label=FIELD_LABELS[name],
                    required=False,
                    max_length=TEXT_LENGTH,
                    widget=forms.Textarea(attrs={"rows": ROWS[name]}),
                )

    @classmethod
    def first_values(cls, article: Article, version: ArticleVersion | None) -> dict[str, Any]:
        """What the editor shows of an article before anybody types."""
        values: dict[str, Any] = {
            "version": article.version,
            "audience": article.audience,
            "team": article.team_id,
            "topics": [topic.pk for topic in article.topics.all()],
            "owner": article.owner.username,
            "applies_to": [row.name for row in article.applies_to.all()],
            "review_on": article.review_on,
            "note": version.note if version is not None and version.is_open else "",
        }
        for text in version.texts.all() if version is not None else ():
            values |= {f"{PREFIX[text.language]}_{name}": words for name, words in text.words.items()}
        return values

    def panes(self) -> list[dict[str, Any]]:
        """The bound fields per language, for the template."""
        names = ("title", *FIELDS)
        return [
            {
                "language": language,
                "prefix": PREFIX[language],
                "fields": [self[f"{PREFIX[language]}_{n}"] for n in names],
            }
            for language in LANGUAGES
        ]

    def typed(self) -> dict[str, dict[str, str]]:
        """The words as they stand in the form, valid or not."""
        names = ("title", *FIELDS)
        return {
            language: {name: str(self[f"{PREFIX[language]}_{name}"].value() or "") for name in names}
            for language in LANGUAGES
        }

    def texts(self) -> dict[str, dict[str, str]]:
        names = ("title", *FIELDS)
        return {
            language: {name: self.cleaned_data[f"{PREFIX[language]}_{name}"] for name in names}
            for language in LANGUAGES
        }

    def details(self) -> Details:
        data = self.cleaned_data
        return {
            "audience": data["audience"],
            "team": data["team"],
            "topics": list(data["topics"]),
            "owner": data["owner"],
            "applies_to": data["applies_to"],
            "review_on": data["review_on"],
        }


class FeedbackForm(PlainForm):
    """Did it help, and if not, why."""

    is_helpful = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1")
    reason = forms.ChoiceField(label=_("Why not?"), required=False, choices=Reason.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("What is missing or wrong?"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class VersionForm(PlainForm):
    """An act that needs no words: only the version that its sender saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReturnForm(VersionForm):
    reason = forms.CharField(
        label=_("What is missing or not right?"), max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 4})
    )


class RetireForm(VersionForm):
    reason = forms.CharField(
        label=_("Why is it no longer needed?"), max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReviewedForm(VersionForm):
    review_on = DayField(label=_("Check again on"), required=False, help_text=_("Empty: in half a year."))


class PublishForm(VersionForm):
    is_personal_checked = forms.BooleanField(
        label=_("I have looked at what seems to be personal data, and it may stay."), required=False
    )


class ImportForm(forms.Form):
    """A folder of Markdown files, as one ZIP."""

    archive = forms.FileField(label=_("ZIP file with Markdown files"), widget=forms.FileInput(attrs={"accept": ".zip"}))
    publish = forms.BooleanField(
        label=_("Publish at once"),
        required=False,
        help_text=_("Otherwise every article becomes a draft that somebody reviews."),
    )
