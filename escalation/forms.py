"""How people write working hours, a year's notice, and absences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escalation import notice as notices
from escalation.business_time import windows
from escalation.ladder import Rung
from escalation.services.bulk import SaidForAll
from helpdesk.accounts.models import Team, User
from helpdesk.common.forms import MomentField, PersonField, PlainForm
from helpdesk.common.list_fields import LineField, NumbersField
from helpdesk.common.templatetags.hd import when_text
from tickets.choices import GIVEN_REASON_CHOICES, PART_LABELS
from tickets.forms.commands import CommandForm
from tickets.handover import GIVEN_BY_PEOPLE, MORE_PARTS, PARTS, Reason
from tickets.lifecycle import Rule
from tickets.models import Attachment, Ticket
from tickets.models.ticket import TEXT_LENGTH
from tickets.refusals import missing_field
from tickets.services.effects import REASON_LENGTH

_WINDOW = re.compile(r"(\d{1,2})(?:[:：](\d{2}))?\s*[-–—－~～至到]\s*(\d{1,2})(?:[:：](\d{2}))?[\s,，、;；]*")
LONGEST_NOTICE = 100_000


class HoursField(LineField):
    """Working windows of one day: `9-12, 13:30-18:00`, or nothing. Stored as ["09:00-12:00", "13:30-18:00"]."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 120, **kwargs})
        self.widget.attrs.setdefault("placeholder", "09:00-12:00, 13:30-18:00")

    def read(self, text: str) -> list[str]:
        found, place = [], 0
        while place < len(text):
            match = _WINDOW.match(text, place)
            if match is None:
                raise ValidationError(_("Write hours like 09:00-12:00, 13:30-18:00."))
            first, first_minutes, last, last_minutes = match.groups()
            found.append(f"{int(first):02}:{first_minutes or '00'}-{int(last):02}:{last_minutes or '00'}")
            place = match.end()
        try:
            windows(*found)
        except ValueError:
            raise ValidationError(
                _("Hours run from early to late, at most to 24:00, and don't overlap: 09:00-12:00, 13:30-18:00.")
            ) from None
        return sorted(found)

    def validate(self, value: Any) -> None:
        """A day without hours is closed."""


NOTICE_PROBLEMS = {
    "no_json": gettext_lazy("This is not JSON."),
    "no_days": gettext_lazy("There is no list “days” in it."),
    "too_many": gettext_lazy("A notice has at most 200 days."),
    "bad_date": gettext_lazy("Entry %(place)s has no date like 2027-01-01."),
    "bad_kind": gettext_lazy("%(place)s says neither that it is off nor that it is worked."),
    "twice": gettext_lazy("%(place)s stands in it twice."),
}


class NoticeForm(forms.Form):
    """A year's notice as JSON, pasted or as a file."""

    text = forms.CharField(
        label=gettext_lazy("Notice as JSON"),
        required=False,
        max_length=LONGEST_NOTICE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
    )
    file = forms.FileField(label=gettext_lazy("or a file"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        text, upload = cleaned.get("text", ""), cleaned.get("file")
        if upload is not None:
            if upload.size > LONGEST_NOTICE:
                raise ValidationError({"file": _("This file is too large for a notice.")})
            try:
                text = upload.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise ValidationError({"file": _("This file is not UTF-8 text.")}) from None
        if not text.strip():
            raise ValidationError({"text": _("Paste the notice, or choose a file.")})
        try:
            cleaned["notice"] = notices.read(text)
        except notices.Problem as problem:
            message = NOTICE_PROBLEMS[problem.code] % {"place": problem.place}
            raise ValidationError({"file" if upload is not None else "text": message}) from None
        cleaned["text"] = text
        return cleaned


class AbsenceForm(PlainForm):
    """When somebody is away, and who stands in. `person` is asked only of those who may answer for others."""

    person = PersonField(label=gettext_lazy("Who is away?"), queryset=User.objects.none(), empty_label=None)
    starts_at = MomentField(label=gettext_lazy("Away from"))
    ends_at = MomentField(label=gettext_lazy("Away until"))
    substitute = PersonField(
        label=gettext_lazy("Who stands in?"),
        empty_label="—",
        queryset=User.objects.none(),
        help_text=gettext_lazy("Escalations go to this person meanwhile."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=200, help_text=gettext_lazy("For instance “on leave”.")
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "absence-%s", **kwargs})
        self.fields["substitute"].queryset = User.objects.desk().order_by("full_name", "pk")
        if len(people) > 1:
            them = User.objects.filter(pk__in=[person.pk for person in people])
            self.fields["person"].queryset = them.order_by("full_name", "pk")
            self.fields["person"].initial = people[0].username
        else:
            del self.fields["person"]


_TIME = re.compile(r"(?:(\d{1,4})\s*(?:h|小时|时))?\s*(?:(\d{1,6})\s*(?:m|min|分钟|分)?)?", re.IGNORECASE)


class WorkingTimeField(forms.CharField):
    """A length of working time: `30m`, `8h`, `2h 30m`, `45`. Stored in minutes; None for nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 20, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        hours, minutes = divmod(value, 60)
        return " ".join(part for part in (f"{hours}h" if hours else "", f"{minutes}m" if minutes else "") if part)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        match = _TIME.fullmatch(text)
        if match is None:
            raise ValidationError(_("Write working time like 30m, 8h or 2h 30m."))
        return int(match[1] or 0) * 60 + int(match[2] or 0)

    def run_validators(self, value: Any) -> None:
        """The validators of a text don't fit a number; limits are the service's."""


class PercentField(NumbersField):
    """Per cents of a target."""

    complaint = gettext_lazy("Give per cents like 50, 75, 90, 100.")


class EscalateForm(CommandForm):
    """The command's own fields, with the levels that can be chosen, and a word to the requester."""

    def __init__(
        self,
        rule: Rule,
        ticket: Ticket,
        *args: Any,
        rungs: Sequence[Rung],
        may_force: bool,
        at: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(rule, ticket, *args, **kwargs)
        levels = [("", _("The next level"))]
        levels += [(str(rung.number), _rung_words(rung, at)) for rung in rungs]
        self.fields["to_level"] = forms.TypedChoiceField(
            label=_("To whom?"), choices=levels, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
        )
        if not may_force:
            del self.fields["is_forced"]
        if not self.fields["files"].queryset.exists():
            del self.fields["files"]
        for name in (*PARTS, *MORE_PARTS):
            self.fields[name].widget.attrs["rows"] = 4
        self.fields["message"] = forms.CharField(
            label=_("Message to the requester"),
            required=False,
            max_length=TEXT_LENGTH,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Sent as your reply. Leave it empty to write nothing."),
        )

    @property
    def parts(self) -> list[Any]:
        """The package's fields, the required ones first."""
        return [self[name] for name in (*PARTS, *MORE_PARTS)]


def _words(name: str, *, rows: int = 3, **kwargs: Any) -> forms.CharField:
    """A part of the package that is said once for several tickets."""
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": TEXT_LENGTH})
    missing = missing_field(name)
    return forms.CharField(
        label=PART_LABELS[name], max_length=TEXT_LENGTH, widget=widget, error_messages={"required": missing}, **kwargs
    )


class BulkEscalateForm(PlainForm):
    """What is said once when several tickets go up; the rest each ticket knows itself."""

    reason_code = forms.ChoiceField(
        label=gettext_lazy("Why do they go up?"),
        choices=GIVEN_REASON_CHOICES,
        initial=GIVEN_BY_PEOPLE[0],
        widget=forms.RadioSelect,
    )
    teams = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Teams that have to take part"),
        queryset=Team.objects.filter(is_retired=False),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="escalate-%s", **kwargs)
        self.fields["asked"] = _words("asked")
        scope_help = _("Stands above what each ticket says about it.")
        self.fields["scope"] = _words("scope", required=False, help_text=scope_help)
        access_help = _("No ticket knows this by itself. Choose only tickets of which it is true.")
        self.fields["access"] = _words("access", help_text=access_help)
        self.fields["is_told"] = forms.BooleanField(
            label=_("Tell each requester that the ticket was passed on"), required=False, initial=True
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("reason_code") == Reason.MULTI_TEAM and not cleaned.get("teams"):
            self.add_error("teams", missing_field("teams"))
        return cleaned

    def said(self) -> SaidForAll:
        return SaidForAll(**self.cleaned_data)


def _rung_words(rung: Rung, at: datetime) -> str:
    """Who is asked there, one after the other, and until when the first one may answer."""
    facts = {
        "level": f"L{rung.number + 1}",
        "team": rung.team.name if rung.team is not None else "–",
        "names": _(", then ").join(turn.person.get_full_name() for turn in rung.turns),
        "when": when_text(rung.accept_by(at)),
    }
    if not rung.is_offer:
        return _("%(level)s %(team)s: only told") % facts
    return _("%(level)s %(team)s: %(names)s; to accept by %(when)s") % facts


class SendBackForm(PlainForm):
    reason = forms.CharField(
        label=gettext_lazy("What is missing, or who should take it instead?"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say what is missing, or who should take it instead.")},
    )


class PackageForm(PlainForm):
    """A package to be completed: what the next person must know is required."""

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*PARTS, *MORE_PARTS):
            self.fields[name] = forms.CharField(
                label=PART_LABELS[name],
                required=name in PARTS,
                max_length=TEXT_LENGTH,
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": missing_field(name)},
            )
        files = Attachment.objects.filter(ticket=ticket).order_by("pk")
        if files:
            self.fields["files"] = forms.ModelMultipleChoiceField(
                label=_("Files to hand over"),
                queryset=files,
                to_field_name="uuid",
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def parts(self) -> list[Any]:
        return [self[name] for name in (*PARTS, *MORE_PARTS)]
