"""Vendors and the cases with them (M3.4-7). For the desk: nobody else learns which vendor is asked what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from assets.models import Vendor, VendorContact, VendorContract
from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.bilingual import in_language
from helpdesk.common.errors import InvalidInput
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import (
    CodeChoiceField,
    CodeField,
    InstantField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    instant,
)
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView, DeskView
from tickets.api import output
from tickets.api.views import find_id_for_desk
from tickets.disclosure import LABELS
from tickets.models import VendorCase, VendorMessage, WaitingReason
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH
from tickets.services.vendors import cases, speaking
from tickets.services.vendors.disclosing import Chosen
from tickets.services.vendors.speaking import Word
from tickets.vendor_cases import get_case

SHOWN = ("vendor", "contract", "contact", "ticket", "opened_by", "closed_by")
# Logged by hand, or mailed through the outbox.
MAIL = "mail"
FIELDS = list(LABELS)
WAYS = [(MAIL, "mail"), *VendorMessage.Channel.choices]


class ContactShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    role = s.CharField()
    email = s.CharField()
    phone = s.CharField()


class ContractShape(s.Serializer):
    id = s.IntegerField()
    number = s.CharField()
    covers = s.CharField()
    hours = s.CharField()
    starts_on = s.DateField()
    ends_on = s.DateField(allow_null=True)


class VendorShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    email = s.CharField()
    phone = s.CharField()
    portal_url = s.CharField()
    hours = s.CharField()
    liaison = Person()
    deputy = Person(allow_null=True)
    is_retired = s.BooleanField()
    contacts = ContactShape(many=True)
    contracts = ContractShape(many=True)


class VendorCaseShape(s.Serializer):
    id = s.IntegerField()
    ticket = s.CharField()
    vendor = s.IntegerField(help_text="An id of `vendors/`.")
    subject = s.CharField()
    question = s.CharField(help_text="What the vendor is to do, for the liaison.")
    severity = s.ChoiceField(VendorCase.Severity.choices)
    reference = s.CharField(help_text="The vendor's own number.")
    contract = s.IntegerField(allow_null=True)
    contact = s.IntegerField(allow_null=True)
    state = s.ChoiceField(VendorCase.State.choices)
    turn = s.ChoiceField(VendorCase.Turn.choices)
    promised_at = s.DateTimeField(allow_null=True)
    next_chase_at = s.DateTimeField(allow_null=True)
    reply_due_at = s.DateTimeField(allow_null=True, help_text="By when the vendor owes an answer; null on our turn.")
    visit_from_at = s.DateTimeField(allow_null=True)
    visit_until_at = s.DateTimeField(allow_null=True)
    cost_amount = s.CharField()
    cost_note = s.CharField()
    waiting_reason = s.CharField(allow_null=True)
    opened_at = s.DateTimeField()
    opened_by = Person()
    outcome = s.ChoiceField(VendorCase.Outcome.choices, allow_null=True)
    closing_words = s.CharField()
    closed_at = s.DateTimeField(allow_null=True)
    closed_by = Person(allow_null=True)


class DisclosedShape(s.Serializer):
    field = s.ChoiceField(FIELDS, allow_null=True)
    file = s.UUIDField(allow_null=True)
    text = s.CharField(help_text="The field as it stood then.")
    is_personal = s.BooleanField()


class VendorMessageShape(s.Serializer):
    id = s.IntegerField()
    direction = s.ChoiceField(VendorMessage.Direction.choices)
    channel = s.ChoiceField(VendorMessage.Channel.choices)
    author = Person(allow_null=True)
    address = s.CharField(help_text="Where our mail went to, or theirs came from.")
    body = s.CharField()
    is_automatic = s.BooleanField()
    files = s.ListField(child=s.UUIDField())
    disclosed = DisclosedShape(many=True)
    created_at = s.DateTimeField()


class VendorCaseInput(StrictSerializer):
    vendor = WholeNumberField()
    subject = TextField(max_length=SUBJECT_LENGTH)
    question = TextField(max_length=TEXT_LENGTH)
    next_chase_at = InstantField()
    severity = CodeChoiceField(VendorCase.Severity.choices, required=False)
    contract = WholeNumberField(required=False, allow_null=True)
    contact = WholeNumberField(required=False, allow_null=True)
    reference = TextField(max_length=80, required=False, allow_blank=True)
    waiting_reason = CodeField(required=False, help_text="The ticket waits with it until `next_chase_at`.")


class VendorCaseChangeInput(StrictSerializer):
    reference = TextField(max_length=cases.LENGTHS["reference"], required=False, allow_blank=True)
    severity = CodeChoiceField(VendorCase.Severity.choices, required=False)
    contract = WholeNumberField(required=False, allow_null=True)
    contact = WholeNumberField(required=False, allow_null=True)
    visit_from_at = InstantField(required=False, allow_null=True)
    visit_until_at = InstantField(required=False, allow_null=True)
    cost_amount = TextField(max_length=cases.LENGTHS["cost_amount"], required=False, allow_blank=True)
    cost_note = TextField(max_length=cases.LENGTHS["cost_note"], required=False, allow_blank=True)


class VendorMessageInput(StrictSerializer):
    way = CodeChoiceField(WAYS, help_text="`mail` sends a mail; the others write a contact down.")
    direction = CodeChoiceField(VendorMessage.Direction.choices, required=False, help_text="Of what is written down.")
    body = TextField(max_length=TEXT_LENGTH)
    fields_sent = s.ListField(
        child=CodeChoiceField(FIELDS), required=False, help_text="Details of the ticket that go along."
    )
    files_sent = s.ListField(
        child=s.UUIDField(), required=False, max_length=50, help_text="Files of the ticket that go along."
    )
    is_needed = s.BooleanField(required=False, help_text="The vendor needs the personal data among it.")
    next_chase_at = InstantField(required=False)


class VendorPromiseInput(StrictSerializer):
    promised_at = InstantField()
    next_chase_at = InstantField(required=False)


class VendorChaseInput(StrictSerializer):
    next_chase_at = InstantField()


class VendorCloseInput(StrictSerializer):
    outcome = CodeChoiceField(VendorCase.Outcome.choices)
    words = TextField(max_length=TEXT_LENGTH, help_text="What came of it.")
    is_resumed = s.BooleanField(required=False, help_text="A ticket that waits for the vendor goes on.")


def vendor(row: Vendor, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "portal_url": row.portal_url,
        "hours": in_language(row.hours_zh, row.hours_en, get_language()),
        "liaison": output.person(row.liaison, viewer),
        "deputy": output.person(row.deputy, viewer),
        "is_retired": row.is_retired,
        "contacts": [_plain(contact, ("id", "name", "role", "email", "phone")) for contact in row.contacts.all()],
        "contracts": [
            _plain(contract, ("id", "number", "covers", "hours", "starts_on", "ends_on"))
            for contract in row.contracts.all()
        ],
    }


def _plain(row: VendorContact | VendorContract, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def vendor_case(row: VendorCase, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "ticket": row.ticket.number,
        "vendor": row.vendor_id,
        "subject": row.subject,
        "question": row.question,
        "severity": row.severity,
        "reference": row.reference,
        "contract": row.contract.pk if row.contract is not None else None,
        "contact": row.contact.pk if row.contact is not None else None,
        "state": row.state,
        "turn": row.turn,
        "promised_at": instant(row.promised_at),
        "next_chase_at": instant(row.next_chase_at),
        "reply_due_at": instant(row.reply_due_at if row.is_open else None),
        "visit_from_at": instant(row.visit_from_at),
        "visit_until_at": instant(row.visit_until_at),
        "cost_amount": row.cost_amount,
        "cost_note": row.cost_note,
        "waiting_reason": row.waiting_reason_id,
        "opened_at": instant(row.opened_at),
        "opened_by": output.person(row.opened_by, viewer),
        "outcome": row.outcome or None,
        "closing_words": row.closing_words,
        "closed_at": instant(row.closed_at),
        "closed_by": output.person(row.closed_by, viewer),
    }


def message(row: VendorMessage, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "direction": row.direction,
        "channel": row.channel,
        "author": output.person(row.author, viewer),
        "address": row.address,
        "body": row.body,
        "is_automatic": row.is_automatic,
        "files": [str(file.uuid) for file in row.files.all()],
        "disclosed": [
            {
                "field": item.field or None,
                "file": str(item.attachment.uuid) if item.attachment is not None else None,
                "text": item.text,
                "is_personal": item.is_personal,
            }
            for item in row.disclosures.all()
        ],
        "created_at": instant(row.created_at),
    }


class VendorList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List vendors", answer=page_of(VendorShape, "Vendor"))
    def get(self, request: Request) -> Response:
        """Vendors with their contacts and contracts, retired ones included. Desk only."""
        rows = Vendor.objects.visible_to(self.viewer).select_related("liaison", "deputy")
        rows = rows.prefetch_related("contacts", "contracts")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: vendor(row, self.viewer)))


class TicketVendorCases(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List vendor cases", answer=page_of(VendorCaseShape, "VendorCase"))
    def get(self, request: Request, number: str) -> Response:
        """What vendors are asked for this ticket, oldest first. Desk only."""
        viewer = self.viewer
        ticket = find_id_for_desk(number, viewer)
        rows = VendorCase.objects.visible_to(viewer).filter(ticket_id=ticket).select_related(*SHOWN)
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: vendor_case(row, viewer)))

    @document("Open a vendor case", body=VendorCaseInput, answer=VendorCaseShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Ask for a vendor's help; its liaison is told. While it is open the ticket can't be solved."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(VendorCaseInput(data=request.data))
        return self.run_once(request, lambda: self._open(ticket, self.viewer, data))

    @staticmethod
    def _open(ticket: int, actor: User, data: dict[str, Any]) -> Response:
        row = _named(Vendor.objects.visible_to(actor), data.pop("vendor"), "vendor")
        rows: dict[str, Any] = {
            "contract": row.contracts.all(),
            "contact": row.contacts.all(),
            "waiting_reason": WaitingReason.objects.filter(is_retired=False),
        }
        chosen = {name: _named(rows[name], data.pop(name), name) for name in rows if data.get(name) is not None}
        wish = cases.Wish(row, **{name: value for name, value in data.items() if value is not None}, **chosen)
        case = cases.open_case(ticket_id=ticket, wish=wish, actor=actor, at=timezone.now())
        return Response(vendor_case(case, actor), status=201)


def _named(rows: QuerySet[Any], key: Any, field: str) -> Any:
    """The row that was named. Raises InvalidInput."""
    row = rows.filter(pk=key).first()
    if row is None:
        raise InvalidInput(fields={field: [_("There is no such entry.")]})
    return row


class VendorCaseMessages(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List messages of a vendor case", answer=page_of(VendorMessageShape, "VendorMessage"))
    def get(self, request: Request, case_id: int) -> Response:
        """Mails to and from the vendor, and contacts that were written down, oldest first."""
        viewer = self.viewer
        case = get_case(case_id=case_id, viewer=viewer)
        rows = VendorMessage.objects.visible_to(viewer).filter(case=case).select_related("author")
        rows = rows.prefetch_related("files", "disclosures__attachment")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: message(row, viewer)))

    @document("Write on a vendor case", body=VendorMessageInput, answer=VendorMessageShape, status=201, is_once=True)
    def post(self, request: Request, case_id: int) -> HttpResponse:
        """Mail the vendor (liaison and deputy only), or write a contact down."""
        get_case(case_id=case_id, viewer=self.viewer)
        data = self.read_input(VendorMessageInput(data=request.data))
        return self.run_once(request, lambda: self._write(case_id, self.viewer, data, timezone.now()))

    @staticmethod
    def _write(case_id: int, actor: User, data: dict[str, Any], at: datetime) -> Response:
        files = [str(file) for file in data.get("files_sent", ())]
        chosen = Chosen(data.get("fields_sent", ()), files, data.get("is_needed", False))
        word = Word(data["body"], chosen, data.get("next_chase_at"))
        direction = data.get("direction", "")
        if data["way"] == MAIL:
            if direction not in ("", VendorMessage.Direction.OUT):
                raise InvalidInput(fields={"direction": [_("A mail that we send goes to the vendor.")]})
            row = speaking.send_to_vendor(case_id=case_id, word=word, actor=actor, at=at)
        else:
            way = data["way"]
            row = speaking.log_contact(case_id=case_id, word=word, direction=direction, channel=way, actor=actor, at=at)
        return Response(message(row, actor), status=201)


class _CaseAct(DeskView):
    """What the acts on a case share."""

    def act_on(self, request: Request, case_id: int, act: Any, data: dict[str, Any]) -> HttpResponse:
        def carry_out() -> Response:
            act(case_id=case_id, actor=self.viewer, at=timezone.now(), **data)
            return Response(vendor_case(get_case(case_id=case_id, viewer=self.viewer), self.viewer))

        get_case(case_id=case_id, viewer=self.viewer)
        return self.run_once(request, carry_out)


class VendorCaseDetail(_CaseAct):
    @document("Read a vendor case", answer=VendorCaseShape)
    def get(self, request: Request, case_id: int) -> Response:
        """One case. Its log is in `messages/`."""
        return Response(vendor_case(get_case(case_id=case_id, viewer=self.viewer), self.viewer))

    @document("Change a vendor case", body=VendorCaseChangeInput, answer=VendorCaseShape, is_once=True)
    def patch(self, request: Request, case_id: int) -> HttpResponse:
        """Their number, contact, contract, the visit, what it costs. What isn't sent stays as it is."""
        vendor = get_case(case_id=case_id, viewer=self.viewer).vendor
        changes = self.read_input(VendorCaseChangeInput(data=request.data))
        rows: dict[str, Any] = {"contract": vendor.contracts.all(), "contact": vendor.contacts.all()}
        chosen = {name: _named(rows[name], changes[name], name) for name in rows if changes.get(name) is not None}
        return self.act_on(request, case_id, cases.change_case, {"changes": {**changes, **chosen}})


class VendorCaseChase(_CaseAct):
    @document("Plan when to chase a vendor", body=VendorChaseInput, answer=VendorCaseShape, is_once=True)
    def post(self, request: Request, case_id: int) -> HttpResponse:
        """Whoever follows the case is reminded then. A ticket that waits for the vendor waits until then."""
        data = self.read_input(VendorChaseInput(data=request.data))
        return self.act_on(request, case_id, cases.set_chase, data)


class VendorCasePromise(_CaseAct):
    @document("Note a promise of a vendor", body=VendorPromiseInput, answer=VendorCaseShape, is_once=True)
    def post(self, request: Request, case_id: int) -> HttpResponse:
        """By when the vendor answers. Without `next_chase_at` it is chased then."""
        data = self.read_input(VendorPromiseInput(data=request.data))
        return self.act_on(request, case_id, cases.record_promise, data)


class VendorCaseClose(_CaseAct):
    @document("Close a vendor case", body=VendorCloseInput, answer=VendorCaseShape, is_once=True)
    def post(self, request: Request, case_id: int) -> HttpResponse:
        """Say what came of it."""
        data = self.read_input(VendorCloseInput(data=request.data))
        return self.act_on(request, case_id, cases.close_case, data)
