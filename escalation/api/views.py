"""What is promised, and the way up: to read, for the desk."""

from __future__ import annotations

from django.db.models import Prefetch
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.api import output, schemas
from escalation.models import EscalationLevel, EscalationPath, SlaPolicy, SlaRule
from escalation.selectors import versions_in_force
from helpdesk.common import paging
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import DeskView


class PolicyList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List policies", answer=page_of(schemas.PolicyShape, "Policy"))
    def get(self, request: Request) -> Response:
        """The service level policies on offer, each with the version in force and its rules. Desk only."""
        policies = SlaPolicy.objects.filter(is_retired=False)
        rules = SlaRule.objects.select_related("category", "department", "requester_group")
        policies = policies.prefetch_related(
            Prefetch("versions", versions_in_force().select_related("calendar")), Prefetch("rules", rules)
        )
        return Response(pages.answer_page(request, policies, [paging.number("id")], output.policy))


class PathList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List paths", answer=page_of(schemas.PathShape, "Path"))
    def get(self, request: Request) -> Response:
        """The escalation paths in use with their levels, in the order in which they are asked. Desk only."""
        viewer = self.viewer
        levels = EscalationLevel.objects.select_related("team", "responsible", "deputy", "calendar").order_by("number")
        paths = EscalationPath.objects.in_use().select_related("category").prefetch_related(Prefetch("levels", levels))
        keys = [paging.number("position"), paging.number("id")]
        return Response(pages.answer_page(request, paths, keys, lambda row: output.path(row, viewer)))
