"""Forms of the knowledge base. They only turn what was typed into Python values; the services decide."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team, User
from helpdesk.common.catching_up import catch_up, lines
from helpdesk.common.forms import PersonField, PlainForm
from knowledge.choices import FIELD_LABELS, FIELDS, LANGUAGES, NOTE_LENGTH, TEXT_LENGTH, TITLE_LENGTH, Audience, Reason
from knowledge.models import Article, ArticleVersion, Topic
from knowledge.services.details import FOR_MANAGERS, Details
from knowledge.services.writing import PREFIX

# What an article is besides its words, and its words.
DETAILS = (*FOR_MANAGERS, "topics", "applies_to", "note")
WORDS = tuple(f"{prefix}_{name}" for prefix in PREFIX.values() for name in ("title", *FIELDS))
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
    """The editor: both languages side by side, and what the article is besides its words.

    `seen` holds the details as the writer saw them first, and of each text a mark that tells it from any other, so that a
    conflict tells whose change is whose.
    """

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    audience = forms.ChoiceField(label=_("Who may read it"), choices=Audience.choices)
    team = forms.ModelChoiceField(label=_("Team"), required=False, queryset=Team.objects.none(), empty_label="—")
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics"), required=False, queryset=Topic.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    owner = PersonField(label=_("Owner"), queryset=User.objects.none(), empty_label="—")
    applies_to = NamesField(
        label=_("Applies to"),
        required=False,
        help_text=_("Device models and programs, one a line, as they are called on the device."),
    )
    review_on = DayField(
        label=_("Check again on"),
        required=False,
        help_text=_("Empty: half a year after it was published, or from today."),
    )
    note = forms.CharField(
        label=_("What changed, and why"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=_("Your reviewer and your successor read this."),
    )

    def __init__(self, *args: Any, article: Article | None = None, may_manage: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the article has already stays on offer, also where nobody may choose it anew.
        has = article or Article()
        owners = (
            User.objects.desk() | User.objects.active().filter(is_admin=True) | User.objects.filter(pk=has.owner_id)
        )
        self.fields["owner"].queryset = owners.order_by("full_name")
        self.fields["team"].queryset = Team.objects.filter(Q(is_retired=False) | Q(pk=has.team_id))
        self.fields["topics"].queryset = Topic.objects.on_offer_or_of(article)
        for name in FOR_MANAGERS:
            self.fields[name].disabled = not may_manage
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
        seen: dict[str, Any] = {name: lines(values[name]) for name in DETAILS}
        seen |= {name: _mark(values.get(name, "")) for name in WORDS}
        values["seen"] = urlencode(seen, doseq=True)
        return values

    @classmethod
    def after_others(
        cls, sent: QueryDict, article: Article, version: ArticleVersion, *, may_manage: bool
    ) -> tuple[ArticleForm, list[str], dict[str, bool]]:
        """What was sent, counting on the article as it is now: fields that their writer left alone follow the article.

        With it the names of the details that others changed, and those of the words, with whether the writer had changed
        them, too; then their own stand.
        """
        now, data, first = cls.first_values(article, version), sent.copy(), QueryDict(sent.get("seen", ""))
        names = DETAILS if may_manage else DETAILS[len(FOR_MANAGERS) :]
        seen = {name: first.getlist(name) for name in names}
        present = {name: lines(now[name]) if name == "topics" else "\n".join(lines(now[name])) for name in names}
        changed = [name for name in names if lines(present[name]) != lines(seen[name])]
        catch_up(data, changed, seen=seen, now=present)
        written = {}
        for name in WORDS:
            theirs, typed, before = now.get(name, ""), sent.get(name, ""), first.get(name, "")
            if _mark(typed) != _mark(theirs) != before:
                written[name] = _mark(typed) != before
                data[name] = typed if written[name] else theirs
        data["version"], data["seen"] = str(now["version"]), now["seen"]
        return cls(data, initial=now, article=article, may_manage=may_manage), changed, written

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


def _mark(text: str) -> str:
    """Tells one text from another, however a browser ends its lines."""
    return sha256(text.replace("\r\n", "\n").strip().encode("utf-8", "replace")).hexdigest()[:16]


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
