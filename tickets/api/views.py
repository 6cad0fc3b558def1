"""Tickets and their parts. Each method makes one domain call; what it may do is decided there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import FileResponse, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible, StaleVersion
from helpdesk.common.file_store import MAX_BYTES
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.naming import field_names
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView
from tickets.api import inputs, output, schemas
from tickets.api.docs import LIST_PARAMETERS, ORDERS
from tickets.asset_lookup import asset_named
from tickets.choices import Channel, MessageKind
from tickets.filters import TicketFilter
from tickets.forms.commands import CommandForm, describe
from tickets.lifecycle import Command
from tickets.models import (
    Attachment,
    Category,
    ConfidentialRead,
    DeskSettings,
    Message,
    Outcome,
    RequestKind,
    Ticket,
    TicketEvent,
)
from tickets.models.ticket import TicketQuerySet
from tickets.services import engine
from tickets.services.calls import Call
from tickets.services.conversation import post_message
from tickets.services.create import Request as Submission
from tickets.services.create import submit_ticket
from tickets.services.edit import edit_ticket
from tickets.services.files import store_upload
from tickets.services.readings import note_reading
from tickets.views.files import download

UPLOAD_OVERHEAD = 64 * 1024  # bytes of a multipart body beside its file


def find_ticket(number: str, viewer: User) -> Ticket:
    """The ticket as an answer needs it. Raises NotVisible."""
    return _opened(output.readable(Ticket.objects.visible_to(viewer)), number, viewer)


def _opened(tickets: TicketQuerySet, number: str, viewer: User) -> Ticket:
    """One of these tickets; who of the desk opens a confidential one is written down. Raises NotVisible."""
    ticket = tickets.filter(number=number).first()
    if ticket is None:
        raise NotVisible
    note_reading(ticket=ticket, reader=viewer, place=ConfidentialRead.Place.API, at=timezone.now())
    return ticket


def find_id(number: str, viewer: User) -> int:
    """The id for a service, which locks the row and looks again. Raises NotVisible."""
    tickets = Ticket.objects.visible_to(viewer).only("pk", "is_confidential", "requester_id", "reported_by_id")
    return _opened(tickets, number, viewer).pk


def find_id_for_desk(number: str, viewer: User) -> int:
    """As `find_id`, for what only the desk reads. Raises NotVisible, and NotAllowed for who may see only the ticket."""
    found = find_id(number, viewer)
    if not viewer.is_desk:
        raise NotAllowed
    return found


def complaints(errors: Mapping[str, Any]) -> dict[str, list[str]]:
    """A Django form's errors as a refusal's fields."""
    return {name: [str(text) for text in texts] for name, texts in errors.items()}


def _filtered(tickets: TicketQuerySet, request: Request) -> TicketQuerySet:
    found = TicketFilter(request.query_params, queryset=tickets, request=request)
    if not found.is_valid():
        raise InvalidInput(fields=complaints(found.errors))
    return found.qs


class TicketList(ApiView):
    query_parameters = pages.PARAMETERS | {"ordering", *TicketFilter.base_filters}

    @document("List tickets", parameters=LIST_PARAMETERS, answer=page_of(schemas.TicketShape, "Ticket"))
    def get(self, request: Request) -> Response:
        """The tickets you may see, newest first."""
        viewer = self.viewer
        visible = tickets = output.with_devices(Ticket.objects.visible_to(viewer))
        if request.query_params.keys() & TicketFilter.base_filters.keys():
            tickets = _filtered(tickets, request)
        keys = ORDERS.get(request.query_params.get("ordering", "-created_at"))
        if keys is None:
            choices = ", ".join(ORDERS)
            raise InvalidInput(fields={"ordering": [_("Choose one of: %(choices)s.") % {"choices": choices}]})
        at, terms = timezone.now(), DeskSettings.current().terms

        def write(row: Ticket) -> dict[str, Any]:
            note_reading(ticket=row, reader=viewer, place=ConfidentialRead.Place.API, at=at)
            return output.ticket(row, viewer, at=at, terms=terms)

        return Response(pages.answer_page(request, tickets, keys, write, details=visible))

    @document("Submit a ticket", body=inputs.TicketInput, answer=schemas.TicketShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """For yourself or, as a member of the desk, for somebody else; also solved at first contact in one act."""
        serializer = inputs.TicketInput(data=request.data, context={"viewer": self.viewer})
        self.read_input(serializer)
        return self.run_once(request, lambda: self._submit(self.viewer, serializer.described()))

    @staticmethod
    def _submit(actor: User, given: dict[str, Any]) -> Response:
        at = timezone.now()
        requester = _requester(given.pop("requester", None), actor)
        call = _call(given.pop("call", None))
        channel = given.pop("channel", Channel.PHONE if call else Channel.API)
        if call and channel != Channel.PHONE:
            raise InvalidInput(fields={"channel": [_("A telephone call came in by phone.")]})
        resolution = given.pop("resolution", None)
        if resolution is not None:
            resolution = {**resolution, "outcome": _outcome(resolution["outcome"])}
        given["kind"] = _kind(given["kind"])
        if "category" in given:
            given["category"] = _category(given["category"])
        named = given.pop("device_asset", "")
        given["attachments"] = [str(uuid) for uuid in given.get("attachments", ())]
        with field_names(inputs.FIELD_NAMES):
            asset = asset_named(actor, named, field="asset") if named else None
            ticket = submit_ticket(
                request=Submission(**given, asset=asset),
                requester=requester,
                actor=actor,
                channel=channel,
                at=at,
                resolution=resolution,
                call=call,
            )
        return Response(output.ticket(ticket, actor, at=at), status=201)


def _call(given: dict[str, Any] | None) -> Call | None:
    return None if given is None else Call(**given)


def _requester(username: str | None, actor: User) -> User:
    if username is None:
        return actor
    person = User.objects.visible_to(actor).active().select_related("department").filter(username__iexact=username)
    found = person.first()
    if found is None:
        raise InvalidInput(fields={"requester": [_("There is no such person.")]})
    return found


def _kind(code: str) -> RequestKind:
    return _offered(RequestKind, code, "kind")


def _outcome(code: str) -> Outcome:
    return _offered(Outcome, code, "resolution.outcome")


def _offered(model: Any, code: str, field: str) -> Any:
    found = model.objects.on_offer().filter(code=code).first()
    if found is None:
        raise InvalidInput(fields={field: [_("There is no such code.")]})
    return found


def _category(code: str) -> Category:
    found = Category.objects.filter(code=code, is_retired=False).select_related("team").first()
    if found is None:
        raise InvalidInput(fields={"category": [_("There is no such code.")]})
    return found


class TicketDetail(ApiView):
    @document("Read a ticket", answer=schemas.TicketShape)
    def get(self, request: Request, number: str) -> Response:
        """One ticket with what you can do with it now."""
        ticket = find_ticket(number, self.viewer)
        return Response(output.ticket(ticket, self.viewer, at=timezone.now()))

    @document("Correct a ticket", body=inputs.TicketChangeInput, answer=schemas.TicketShape)
    def patch(self, request: Request, number: str) -> Response:
        """Change descriptive fields. What isn't sent stays as it is."""
        before = find_ticket(number, self.viewer)
        serializer = inputs.TicketChangeInput(data=request.data)
        self.read_input(serializer)
        changes = serializer.described()
        version, at = changes.pop("version"), timezone.now()
        with field_names(inputs.FIELD_NAMES):
            ticket = edit_ticket(
                ticket_id=before.pk, actor=self.viewer, version=version, changes=changes, at=at, channel=Channel.API
            )
        output.keep_related(before, ticket)
        return Response(output.ticket(ticket, self.viewer, at=at))


class TicketTransitions(ApiView):
    @document("What can be done", answer=schemas.Transitions)
    def get(self, request: Request, number: str) -> Response:
        """The commands you can give now, each with the fields that it needs and takes."""
        ticket = find_ticket(number, self.viewer)
        rules = engine.allowed_rules(ticket, self.viewer, timezone.now())
        answers = [describe(rule, CommandForm(rule, ticket)) for rule in rules]
        return Response({"version": ticket.version, "status": ticket.status, "transitions": answers})

    @document("Give a command", body=inputs.TransitionInput, answer=schemas.TicketShape, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Carry out one command of the lifecycle on the version you have seen."""
        before = find_ticket(number, self.viewer)
        data = self.read_input(inputs.TransitionInput(data=request.data))
        return self.run_once(request, lambda: self.run(before, self.viewer, data))

    @staticmethod
    def run(before: Ticket, actor: User, data: dict[str, Any]) -> Response:
        """Carry out `data["command"]` with the rest of the data; the answer is the ticket."""
        at = timezone.now()
        command, version = Command(data.pop("command")), data.pop("version")
        if version != before.version:
            raise StaleVersion(extra={"version": before.version})
        form = CommandForm(engine.find_rule(before, command, actor, at), before, data)
        unknown = form.unknown_fields()
        if unknown:
            raise InvalidInput(fields={name: [_("This command has no such field.")] for name in sorted(unknown)})
        if not form.is_valid():
            raise InvalidInput(fields=complaints(form.errors))
        ticket = engine.run_command(
            ticket_id=before.pk,
            command=command,
            actor=actor,
            version=version,
            at=at,
            data=form.cleaned_data,
            channel=Channel.API,
        )
        output.keep_related(before, ticket)
        return Response(output.ticket(ticket, actor, at=at))


class TicketMessages(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List messages", answer=page_of(schemas.MessageShape, "Message"))
    def get(self, request: Request, number: str) -> Response:
        """The messages you may read, oldest first."""
        viewer, ticket = self.viewer, find_id(number, self.viewer)
        files = Attachment.objects.visible_to(viewer).select_related("uploaded_by").order_by("pk")
        messages = (
            Message.objects.visible_to(viewer)
            .filter(ticket=ticket)
            .select_related("author")
            .prefetch_related(Prefetch("attachments", files, to_attr="files"))
        )
        return Response(
            pages.answer_page(
                request, messages, [paging.number("id")], lambda row: output.message(row, viewer, row.files)
            )
        )

    @document("Write a message", body=inputs.MessageInput, answer=schemas.MessageShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """A public reply or an internal note."""
        ticket = find_id(number, self.viewer)
        data = self.read_input(inputs.MessageInput(data=request.data, context={"viewer": self.viewer}))
        return self.run_once(request, lambda: self._post(ticket, self.viewer, data))

    @staticmethod
    def _post(ticket: int, actor: User, data: dict[str, Any]) -> Response:
        uuids = [str(uuid) for uuid in data.get("attachments", ())]
        call = _call(data.get("call"))
        with field_names(inputs.FIELD_NAMES):
            message = post_message(
                ticket_id=ticket,
                actor=actor,
                body=data["body"],
                at=timezone.now(),
                kind=data.get("kind") or (MessageKind.INTERNAL if actor.is_desk else MessageKind.PUBLIC),
                channel=Channel.PHONE if call else Channel.API,
                version=data.get("version"),
                attachments=uuids,
                call=call,
            )
        files = list(message.attachments.select_related("uploaded_by").order_by("pk")) if uuids else []
        return Response(output.message(message, actor, files), status=201)


class TicketAttachments(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List files", answer=page_of(schemas.AttachmentShape, "Attachment"))
    def get(self, request: Request, number: str) -> Response:
        """The files you may open: of the request itself and of its messages."""
        ticket = find_id(number, self.viewer)
        files = Attachment.objects.visible_to(self.viewer).filter(ticket=ticket).select_related("uploaded_by")
        write = partial(output.attachment, viewer=self.viewer)
        return Response(pages.answer_page(request, files, [paging.number("id")], write))


class TicketEvents(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List acts", answer=page_of(schemas.EventShape, "Event"))
    def get(self, request: Request, number: str) -> Response:
        """What was done, oldest first; requesters see what concerns them."""
        ticket = find_id(number, self.viewer)
        events = TicketEvent.objects.visible_to(self.viewer).filter(ticket=ticket)
        events = events.select_related("actor", "ticket__requester")
        write = partial(output.event, viewer=self.viewer)
        return Response(pages.answer_page(request, events, [paging.number("sequence")], write))


class AttachmentUpload(ApiView):
    parser_classes = (MultiPartParser,)
    max_body = MAX_BYTES + UPLOAD_OVERHEAD

    @document("Upload a file", body=inputs.UploadInput, answer=schemas.AttachmentShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """Keep a file until one of your tickets or messages names it; unsent files are forgotten after a week."""
        data = self.read_input(inputs.UploadInput(data=request.data))
        return self.run_once(request, lambda: self._store(self.viewer, data["file"]))

    @staticmethod
    def _store(actor: User, upload: Any) -> Response:
        with field_names({"files": "file"}):
            kept = store_upload(upload=upload, actor=actor, at=timezone.now())
        return Response(output.attachment(kept, actor), status=201)


class AttachmentFile(ApiView):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Refusals are JSON; the file has the type that it has."""
        return super().perform_content_negotiation(request, force=True)

    @document("Download a file", answer=OpenApiTypes.BINARY, media_type="*/*")
    def get(self, request: Request, uuid: UUID) -> FileResponse:
        """The bytes of a file that you may open, as a download."""
        return download(uuid, self.viewer)


class CategoryList(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List categories", answer=page_of(schemas.CategoryShape, "Category"))
    def get(self, request: Request) -> Response:
        """The categories on offer; each after the one that it is part of."""
        categories = Category.objects.select_related("parent").filter(is_retired=False)
        return Response(pages.answer_page(request, categories, [paging.word("path")], output.category))
