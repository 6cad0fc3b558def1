"""Major incidents as the API takes and writes them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from helpdesk.accounts.models import User
from helpdesk.common.rest.fields import (
    CodeChoiceField,
    CodeField,
    DayField,
    InstantField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    instant,
)
from helpdesk.common.rest.shapes import Person
from tickets.api import output
from tickets.choices import IncidentState
from tickets.models import IncidentLink, IncidentReview, IncidentUpdate, MajorIncident
from tickets.models.incident import ACTION_LENGTH, UPDATE_LENGTH
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH
from tickets.services.effects import REASON_LENGTH
from tickets.services.incident_endings import MOST_ACTIONS, TEXTS
from tickets.services.incident_links import MOST
from tickets.services.incident_updates import AUDIENCES

NUMBER_LENGTH = 32


def _title() -> TextField:
    return TextField(max_length=SUBJECT_LENGTH, required=False, allow_blank=True)


def _told() -> TextField:
    return TextField(max_length=UPDATE_LENGTH, required=False, allow_blank=True)


def _learnt() -> TextField:
    return TextField(max_length=TEXT_LENGTH)


class _Particulars(StrictSerializer):
    title_zh = _title()
    title_en = _title()
    service = CodeField(required=False, help_text="A code of `categories/`; without it the ticket's category.")
    severity = WholeNumberField(required=False, help_text="1 critical, 2 severe, 3 significant.")
    communication_lead = CodeField(max_length=150, required=False)
    update_every_minutes = WholeNumberField(required=False)
    expected_by_at = InstantField(required=False, allow_null=True)


class IncidentInput(_Particulars):
    ticket = CodeField(max_length=NUMBER_LENGTH, help_text="The number of the ticket that becomes its parent.")
    version = WholeNumberField(required=False, help_text="The version of the ticket you have seen.")
    commander = CodeField(max_length=150, help_text="A user name.")
    reason = TextField(max_length=REASON_LENGTH)
    text_zh = _told()
    text_en = _told()


class IncidentChangeInput(_Particulars):
    version = WholeNumberField(help_text="The version of the incident you have seen.")
    commander = CodeField(max_length=150, required=False)


class IncidentUpdateInput(StrictSerializer):
    text_zh = _told()
    text_en = _told()
    audiences = s.ListField(child=CodeChoiceField([(name, name) for name in AUDIENCES]), max_length=len(AUDIENCES))
    is_forced = s.BooleanField(required=False, help_text="Publish although one language is missing.")
    expected_by_at = InstantField(required=False)


def _numbers(**kwargs: Any) -> s.ListField:
    return s.ListField(child=CodeField(max_length=NUMBER_LENGTH), max_length=MOST, **kwargs)


class IncidentLinkInput(StrictSerializer):
    tickets = _numbers(help_text="Numbers of tickets.")


class IncidentResolveInput(StrictSerializer):
    version = WholeNumberField(help_text="The version of the incident you have seen.")
    tickets = _numbers(help_text="Numbers of the linked tickets that the parent's solution covers.")


class ReviewActionInput(StrictSerializer):
    what = TextField(max_length=ACTION_LENGTH)
    owner = CodeField(max_length=150, help_text="A user name.")
    due_on = DayField()


class IncidentReviewInput(StrictSerializer):
    version = WholeNumberField(help_text="The version of the incident you have seen.")
    happened = _learnt()
    course = _learnt()
    cause = _learnt()
    went_well = _learnt()
    actions = s.ListField(child=ReviewActionInput(), required=False, max_length=MOST_ACTIONS)


class IncidentShape(s.Serializer):
    number = s.CharField()
    version = s.IntegerField()
    ticket = s.CharField(allow_null=True, help_text="The parent's number; null if you may not see it.")
    title_zh = s.CharField()
    title_en = s.CharField()
    service = s.CharField(allow_null=True)
    severity = s.IntegerField()
    state = s.ChoiceField(IncidentState.choices)
    commander = Person()
    communication_lead = Person()
    declared_by = Person(allow_null=True, help_text="Null where a rule declared it.")
    declared_at = s.DateTimeField()
    reason = s.CharField()
    update_every_minutes = s.IntegerField()
    next_update_due_at = s.DateTimeField(allow_null=True)
    is_update_overdue = s.BooleanField()
    expected_by_at = s.DateTimeField(allow_null=True)
    public_text_zh = s.CharField()
    public_text_en = s.CharField()
    announced_at = s.DateTimeField(allow_null=True)
    linked_tickets = s.IntegerField(help_text="Of those that you may see.")
    resolved_at = s.DateTimeField(allow_null=True)
    reviewed_at = s.DateTimeField(allow_null=True)


class IncidentUpdateShape(s.Serializer):
    id = s.IntegerField()
    text_zh = s.CharField()
    text_en = s.CharField()
    audiences = s.ListField(child=s.ChoiceField([(name, name) for name in AUDIENCES]))
    author = Person()
    created_at = s.DateTimeField()


class ReviewActionShape(s.Serializer):
    what = s.CharField()
    owner = Person()
    due_on = s.DateField()


class IncidentReviewShape(s.Serializer):
    happened = s.CharField()
    course = s.CharField()
    cause = s.CharField()
    went_well = s.CharField()
    actions = ReviewActionShape(many=True, help_text="In the order in which they are due.")
    author = Person()
    created_at = s.DateTimeField()


class IncidentLinkShape(s.Serializer):
    ticket = s.CharField()
    status = s.CharField()
    ending = s.ChoiceField(
        [value for value in IncidentLink.Ending.choices if value[0]],
        allow_null=True,
        help_text="What became of it when the incident was resolved; null where it wasn't covered.",
    )
    ending_problem = s.CharField(help_text="The code of the refusal.")
    linked_by = Person(allow_null=True)
    linked_at = s.DateTimeField()


def incident(row: Any, viewer: User, *, at: Any, may_see_parent: bool) -> dict[str, Any]:
    """An incident; `row` has `linked` counted through the viewer's eyes."""
    assert isinstance(row, MajorIncident)
    return {
        "number": row.number,
        "version": row.version,
        "ticket": row.ticket.number if may_see_parent else None,
        "title_zh": row.title_zh,
        "title_en": row.title_en,
        "service": row.service.code if row.service is not None else None,
        "severity": row.severity,
        "state": row.state,
        "commander": output.person(row.commander, viewer),
        "communication_lead": output.person(row.communication_lead, viewer),
        "declared_by": output.person(row.declared_by, viewer),
        "declared_at": instant(row.declared_at),
        "reason": row.reason,
        "update_every_minutes": row.update_every_minutes,
        "next_update_due_at": instant(row.next_update_due_at),
        "is_update_overdue": row.is_update_overdue(at),
        "expected_by_at": instant(row.expected_by_at),
        "public_text_zh": row.public_text_zh,
        "public_text_en": row.public_text_en,
        "announced_at": instant(row.announced_at),
        "linked_tickets": row.linked,  # type: ignore[attr-defined]
        "resolved_at": instant(row.resolved_at),
        "reviewed_at": instant(row.reviewed_at),
    }


def update(row: IncidentUpdate, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "text_zh": row.text_zh,
        "text_en": row.text_en,
        "audiences": [name for name in AUDIENCES if getattr(row, f"for_{name}")],
        "author": output.person(row.author, viewer),
        "created_at": instant(row.created_at),
    }


def link(row: IncidentLink, viewer: User) -> dict[str, Any]:
    return {
        "ticket": row.ticket.number,
        "status": row.ticket.status,
        "ending": row.ending or None,
        "ending_problem": row.ending_problem,
        "linked_by": output.person(row.linked_by, viewer),
        "linked_at": instant(row.linked_at),
    }


def review(row: IncidentReview, viewer: User) -> dict[str, Any]:
    """The document that closed an incident, with what is to be done."""
    return {
        **{name: getattr(row, name) for name in TEXTS},
        "actions": [
            {"what": action.what, "owner": output.person(action.owner, viewer), "due_on": action.due_on.isoformat()}
            for action in row.actions.select_related("owner")
        ],
        "author": output.person(row.author, viewer),
        "created_at": instant(row.created_at),
    }
