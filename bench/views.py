"""What the product's pages and API are measured against."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from os import getpid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from helpdesk.common.models import JobSlot

_numbers = count()


@login_required
def empty(request: HttpRequest) -> HttpResponse:
    """Nothing, behind the same middleware and the same signed-in session (so the session and its user are read)."""
    return HttpResponse("ok")


class InsertRow(APIView):
    """A bare DRF view behind the API's own authentication and throttle: inserts one row, which commits."""

    def post(self, request: Request) -> Response:
        row = JobSlot.objects.create(job=f"bench-{getpid()}-{next(_numbers)}", slot=datetime.now(UTC))
        return Response({"id": row.pk}, status=201)
