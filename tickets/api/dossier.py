"""The complete record of a ticket for keeping outside (M3.5-4). For the desk."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.common.rest.docs import document
from helpdesk.common.rest.views import ApiView
from tickets.api.views import find_id_for_desk
from tickets.dossier import as_json, dossier
from tickets.models import Ticket


def _rows(help_text: str) -> Any:
    return s.ListField(child=s.DictField(), help_text=help_text)


class Head(s.Serializer):
    sequence = s.IntegerField()
    hash = s.CharField(help_text="Note it elsewhere: `verify_dossier.py --head` compares the chain with it.")


class DossierShape(s.Serializer):
    format = s.CharField()
    made_at = s.DateTimeField()
    made_by = s.DictField()
    head = Head(help_text="The last event of the chain.")
    anchor = s.DictField(allow_null=True, help_text="The first daily anchor of the whole trail that covers it.")
    ticket = s.DictField()
    messages = _rows("With their texts, internal ones too.")
    events = _rows("`facts` are what `hash` covers, in the spelling that it was made of.")
    sealed = _rows("What was asked and answered, in the spelling that the fingerprints in the events were made of.")
    holds = _rows("Legal holds, also those that were lifted.")
    calls = _rows("Telephone calls.")
    files = _rows("With the SHA-256 of each.")
    history = _rows("Every saved state of the ticket as what changed against the one before.")
    digest = s.CharField(help_text="The SHA-256 of everything else in the dossier.")


class TicketDossier(ApiView):
    @document("Read the dossier", answer=DossierShape)
    def get(self, request: Request, number: str) -> Response:
        """Everything that is kept about the ticket, as `verify_dossier.py --without-files` checks it. Desk only.

        What else stands beside the ticket follows under its own name where there is any: `steps`, `consents`, `sessions`,
        `tasks`, `incidents`, `mails`, `handovers`, `clocks`.
        """
        viewer = self.viewer
        ticket = Ticket.objects.visible_to(viewer).get(pk=find_id_for_desk(number, viewer))
        return Response(json.loads(as_json(dossier(ticket, viewer=viewer, at=timezone.now()))))
