"""People and teams, and who the caller is."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import Team, User
from helpdesk.accounts.people import matching
from helpdesk.api.models import ApiToken
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import instant
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView, DeskView
from tickets.api import output, schemas

LONGEST_SEARCH = 100
SEARCH = OpenApiParameter(
    "search",
    {"type": "string", "maxLength": LONGEST_SEARCH},
    description="Part of a name, its sound or initials, the start of a user name or e-mail, a department, a telephone number.",
)


class TeamList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List teams", answer=page_of(schemas.TeamRow, "Team"))
    def get(self, request: Request) -> Response:
        """The teams that work. Desk only."""
        teams = Team.objects.filter(is_retired=False)
        return Response(pages.answer_page(request, teams, [paging.number("id")], _team))


def _team(row: Team) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "support_level": row.support_level}


class UserList(DeskView):
    query_parameters = pages.PARAMETERS | {"search"}

    @document("Look up people", answer=page_of(schemas.UserRow, "User"), parameters=[SEARCH])
    def get(self, request: Request) -> Response:
        """Active people by user name, for tickets on somebody's behalf. Desk only."""
        people = User.objects.visible_to(self.viewer).active().select_related("department")
        wanted = request.query_params.get("search", "").strip()
        if len(wanted) > LONGEST_SEARCH:
            raise InvalidInput(fields={"search": [_("Give at most %(limit)d characters.") % {"limit": LONGEST_SEARCH}]})
        if wanted:
            people = matching(people, wanted)
        return Response(pages.answer_page(request, people, [paging.word("username")], _user))


def _user(row: User) -> dict[str, Any]:
    department = row.department.name if row.department is not None else None
    return {"username": row.username, "name": row.get_full_name(), "department": department}


class Me(ApiView):
    @document("Who am I", answer=schemas.Me)
    def get(self, request: Request) -> Response:
        """The account behind the token or session, with its roles and teams."""
        person: User = self.viewer
        teams = Team.objects.filter(pk__in=person.team_ids).order_by("pk")
        return Response(
            {
                "username": person.username,
                "name": person.get_full_name(),
                "email": person.email,
                "department": person.department.name if person.department is not None else None,
                "phone": person.phone,
                "location": person.location,
                "language": person.language,
                "timezone": person.timezone,
                "roles": sorted(person.roles),
                "teams": [output.team(team) for team in teams],
                "token": _token(request.auth),
            }
        )


def _token(token: Any) -> dict[str, Any] | None:
    if not isinstance(token, ApiToken):
        return None
    return {"name": token.name, "scope": token.scope, "expires_at": instant(token.expiry)}
