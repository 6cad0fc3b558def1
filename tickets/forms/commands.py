"""One form per line of the lifecycle table, for the page and the API alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team, User
from helpdesk.common.forms import MomentField, PersonField
from tickets.choices import GIVEN_REASON_CHOICES, IMPACT_CHOICES, PART_LABELS, URGENCY_CHOICES
from tickets.lifecycle import Command, Rule, Status
from tickets.models import Attachment, Category, Outcome, RequestKind, Ticket, WaitingReason
from tickets.models.ticket import TEXT_LENGTH
from tickets.refusals import missing_field
from tickets.services.effects import REASON_LENGTH


def _text(
    label: Any, *, length: int = TEXT_LENGTH, rows: int = 3, help_text: Any = ""
) -> Callable[[Ticket], forms.Field]:
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": length})
    return lambda ticket: forms.CharField(label=label, widget=widget, max_length=length, help_text=help_text)


class _TreeIterator(ModelChoiceIterator):
    """The choices as a tree: everything behind what it is part of, siblings as the catalogue orders them."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        rows = {row.pk: row for row in self.queryset.order_by()}

        def place(row: Category) -> list[tuple[int, str]]:
            chain = (rows.get(pk) for pk in row.branch)
            return [(above.position, above.code) for above in chain if above is not None]

        for row in sorted(rows.values(), key=place):
            yield self.choice(row)


class CategoryField(forms.ModelChoiceField):
    """A category by code, indented by its depth, as options of a select have no tree."""

    iterator = _TreeIterator

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(to_field_name="code", **kwargs)

    def label_from_instance(self, obj: Category) -> str:
        depth = max(obj.path.count("/") - 2, 0)
        return "\u3000" * depth + obj.name


def _category(ticket: Ticket) -> forms.Field:
    categories = Category.objects.filter(Q(is_retired=False) | Q(pk=ticket.category_id))
    return CategoryField(label=_("Category"), queryset=categories)


def _catalogue(model: Any, label: Any, current: str) -> Callable[[Ticket], forms.Field]:
    def build(ticket: Ticket) -> forms.Field:
        rows = model.objects.filter(Q(is_retired=False) | Q(pk=getattr(ticket, current)))
        return forms.ModelChoiceField(label=label, queryset=rows.order_by("position", "code"), to_field_name="code")

    return build


def _reason(ticket: Ticket) -> forms.Field:
    return forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": REASON_LENGTH}),
        max_length=REASON_LENGTH,
    )


_FIELDS: dict[str, Callable[[Ticket], forms.Field]] = {
    "category": _category,
    "impact": lambda ticket: forms.ChoiceField(label=_("Who is affected?"), choices=[("", "—"), *IMPACT_CHOICES]),
    "urgency": lambda ticket: forms.ChoiceField(label=_("What does it stop?"), choices=[("", "—"), *URGENCY_CHOICES]),
    "kind": _catalogue(RequestKind, _("Kind"), "kind_id"),
    "team": lambda ticket: forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.filter(is_retired=False)),
    "assignee": lambda ticket: PersonField(label=_("Person"), queryset=User.objects.desk().order_by("full_name")),
    "reason": _reason,
    "waiting_reason": _catalogue(WaitingReason, _("Waits for"), "waiting_reason_id"),
    "next_action_at": lambda ticket: MomentField(
        label=_("Work goes on at"), help_text=_("At this time the ticket comes back by itself.")
    ),
    "outcome": _catalogue(Outcome, _("Outcome"), "outcome_id"),
    "cause": _text(_("Cause"), help_text=_("The requester reads this.")),
    "solution": _text(_("What was done"), help_text=_("The requester reads this.")),
    "advice": _text(_("Advice for the user"), help_text=_("The requester reads this.")),
    "verification": _text(
        _("How was it tested?"), rows=2, help_text=_("Who tested what, and when. For the desk only.")
    ),
    "tested_by": lambda ticket: forms.CharField(
        label=_("Tested by"), max_length=120, help_text=_("You, unless somebody else did.")
    ),
    "tested_at": lambda ticket: MomentField(label=_("Tested at"), help_text=_("Now, unless it was earlier.")),
    "workaround_owner": lambda ticket: PersonField(
        label=_("Who looks at the workaround again?"), queryset=User.objects.desk().order_by("full_name")
    ),
    "review_at": lambda ticket: MomentField(
        label=_("When?"), help_text=_("Then a follow-up ticket is opened. For workarounds only; usually in 30 days.")
    ),
    "reason_code": lambda ticket: forms.ChoiceField(
        label=_("Why does it go up?"), choices=GIVEN_REASON_CHOICES, widget=forms.RadioSelect
    ),
    **{name: _text(label, rows=2) for name, label in PART_LABELS.items()},
    "to_level": lambda ticket: forms.IntegerField(label=_("Level"), min_value=1, max_value=20),
    "teams": lambda ticket: forms.ModelMultipleChoiceField(
        label=_("Teams that have to take part"),
        queryset=Team.objects.filter(is_retired=False),
        widget=forms.CheckboxSelectMultiple,
    ),
    "files": lambda ticket: forms.ModelMultipleChoiceField(
        label=_("Files to hand over"),
        queryset=Attachment.objects.filter(ticket=ticket).order_by("pk"),
        to_field_name="uuid",
        widget=forms.CheckboxSelectMultiple,
    ),
    "is_forced": lambda ticket: forms.BooleanField(label=_("Escalate anyway, although parts are missing")),
}


class CommandForm(forms.Form):
    """The answers that one line of the table wants. Built from the rule, so it can't disagree with it."""

    def __init__(
        self,
        rule: Rule,
        ticket: Ticket,
        data: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.rule = rule
        super().__init__(
            data, initial={**current_values(rule, ticket), **(initial or {})}, auto_id=f"{rule.command}-%s"
        )
        for name in rule.fields:
            field = _FIELDS[name](ticket)
            field.required = name in rule.requires
            field.error_messages["required"] = missing_field(name)
            if rule.command == Command.CONFIRM and name == "reason" and field.required:
                field.label = _("How did the requester confirm?")
            self.fields[name] = field
        if rule.waived_by and self.is_bound and self.data.get(rule.waived_by):
            for name in rule.waives:
                self.fields[name].required = False

    def unknown_fields(self) -> set[str]:
        """Names that were sent but that this command doesn't know."""
        return set(self.data) - set(self.fields)


def current_values(rule: Rule, ticket: Ticket) -> dict[str, Any]:
    """What the ticket already says, as initial answers."""
    values = {
        "category": ticket.category.code if ticket.category_id and ticket.category else None,
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "kind": ticket.kind_id,
        "team": ticket.team_id,
        "assignee": ticket.assignee.username if ticket.assignee_id and ticket.assignee else None,
    }
    if rule.source == Status.IN_PROGRESS and rule.command == Command.RESOLVE and ticket.reopen_count:
        values |= {"cause": ticket.cause, "solution": ticket.solution, "advice": ticket.advice}
    return {name: values[name] for name in rule.fields if values.get(name)}


def describe(rule: Rule, form: CommandForm) -> dict[str, Any]:
    """A command as data, for the API: what it leads to and what it needs."""
    return {
        "command": rule.command.value,
        "to": rule.target.value,
        "fields": [
            {
                "name": name,
                "required": name in rule.requires,
                "one_of": list(rule.requires_one_of) if name in rule.requires_one_of else [],
                "label": str(field.label),
                "choices": _choices(field),
            }
            for name, field in form.fields.items()
        ],
    }


def _choices(field: forms.Field) -> list[dict[str, str]]:
    options = getattr(field, "choices", None)
    if options is None:
        return []
    return [{"value": str(value), "label": str(label).strip("\u3000")} for value, label in options if str(value)]
