"""Webhooks for other systems to set up: administrators only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import Team
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView
from notifications.api import inputs, output, schemas
from notifications.models import Delivery, WebhookEndpoint
from notifications.policies import can_set_destinations
from notifications.services import destinations as services


class AdministratorsView(ApiView):
    """Where the desk's data go is for administrators to see and to say."""

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not can_set_destinations(self.viewer):
            raise NotAllowed

    def find(self, webhook_id: int) -> WebhookEndpoint:
        row = WebhookEndpoint.objects.select_related("team").filter(pk=webhook_id).first()
        if row is None:
            raise NotVisible
        return row


class WebhookList(AdministratorsView):
    query_parameters = pages.PARAMETERS

    @document("List webhooks", answer=page_of(schemas.WebhookShape, "Webhook"))
    def get(self, request: Request) -> Response:
        """Every webhook, retired ones included. Administrators only."""
        at = timezone.now()
        rows = WebhookEndpoint.objects.select_related("team")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: output.webhook(row, at=at)))

    @document("Create webhook", body=inputs.WebhookInput, answer=schemas.WebhookWithSecret, status=201)
    def post(self, request: Request) -> Response:
        """A new webhook with its key, which is shown this once."""
        _refuse_keeping(request)
        endpoint = WebhookEndpoint()
        _apply(endpoint, self.read_input(inputs.WebhookInput(data=request.data)))
        at = timezone.now()
        secret = services.save_webhook(endpoint=endpoint, actor=self.viewer, at=at)
        return Response(output.with_secret(endpoint, secret, at=at), status=201)


class WebhookDetail(AdministratorsView):
    @document("Read webhook", answer=schemas.WebhookShape)
    def get(self, request: Request, webhook_id: int) -> Response:
        return Response(output.webhook(self.find(webhook_id), at=timezone.now()))

    @document("Change webhook", body=inputs.WebhookChangeInput, answer=schemas.WebhookShape)
    def patch(self, request: Request, webhook_id: int) -> Response:
        endpoint, at = self.find(webhook_id), timezone.now()
        _apply(endpoint, self.read_input(inputs.WebhookChangeInput(data=request.data)))
        services.save_webhook(endpoint=endpoint, actor=self.viewer, at=at)
        return Response(output.webhook(self.find(webhook_id), at=at))

    @document("Retire webhook", answer=None, status=204)
    def delete(self, request: Request, webhook_id: int) -> Response:
        """It is told nothing more. Its log stays."""
        services.set_retired(destination=self.find(webhook_id), is_retired=True, actor=self.viewer, at=timezone.now())
        return Response(status=204)


class WebhookRotate(AdministratorsView):
    @document("Rotate webhook key", answer=schemas.WebhookWithSecret)
    def post(self, request: Request, webhook_id: int) -> Response:
        """A new key, shown this once. For a day both keys sign."""
        _refuse_keeping(request)
        at = timezone.now()
        secret = services.rotate_secret(endpoint=self.find(webhook_id), actor=self.viewer, at=at)
        return Response(output.with_secret(self.find(webhook_id), secret, at=at))


class WebhookTest(AdministratorsView):
    @document("Test webhook", answer=schemas.TestShape, status=202, is_once=True)
    def post(self, request: Request, webhook_id: int) -> HttpResponse:
        """Send a message of the type `test` in the background; its attempt appears among the deliveries."""
        endpoint = self.find(webhook_id)

        def act() -> Response:
            event_id = services.send_test(destination=endpoint, actor=self.viewer, at=timezone.now())
            return Response({"event_id": str(event_id)}, status=202)

        return self.run_once(request, act)


class WebhookDeliveries(AdministratorsView):
    query_parameters = pages.PARAMETERS

    @document("List webhook deliveries", answer=page_of(schemas.DeliveryShape, "Delivery"))
    def get(self, request: Request, webhook_id: int) -> Response:
        """The attempts of the last 30 days, newest first."""
        rows = Delivery.objects.filter(destination=self.find(webhook_id).key).select_related("message")
        keys = [paging.number("id", is_descending=True)]
        return Response(pages.answer_page(request, rows, keys, output.delivery))


class WebhookReplay(AdministratorsView):
    @document("Replay webhook delivery", answer=schemas.TestShape, status=202, is_once=True)
    def post(self, request: Request, webhook_id: int, event_id: UUID) -> HttpResponse:
        """Send a message that is settled again, under the same id."""
        endpoint = self.find(webhook_id)

        def act() -> Response:
            services.replay(destination=endpoint, event_id=event_id, actor=self.viewer, at=timezone.now())
            return Response({"event_id": str(event_id)}, status=202)

        return self.run_once(request, act)


def _refuse_keeping(request: Request) -> None:
    """An answer with a key in it isn't kept for repetitions. A repeated creation meets its own name."""
    if "Idempotency-Key" in request.headers:
        text = _("This answer holds a key and is not kept, so it can't be repeated.")
        raise InvalidInput(fields={"Idempotency-Key": [text]})


def _apply(endpoint: WebhookEndpoint, given: dict[str, Any]) -> None:
    if "team" in given:
        wanted = given.pop("team")
        endpoint.team = Team.objects.filter(pk=wanted, is_retired=False).first() if wanted is not None else None
        if wanted is not None and endpoint.team is None:
            raise InvalidInput(fields={"team": [_("There is no such team.")]})
    for name, value in given.items():
        setattr(endpoint, name, value)
