"""The committed schema is the one the code makes, and answers are shaped as it says."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import yaml
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.serializers import BaseSerializer, ListSerializer

from helpdesk.api import views
from tests.factories import bring_to, make_ticket, reply
from tests.incidents.acts import declared, link, tell
from tickets.api import incident_shapes, output, schemas
from tickets.models import Category

COMMITTED = settings.BASE_DIR / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return SchemaGenerator().get_schema(request=None, public=True)


def test_the_committed_schema_is_current(schema):
    made_anew = "make it anew with: python manage.py spectacular --validate --file docs/openapi.yaml"
    assert yaml.safe_load(COMMITTED.read_text(encoding="utf-8")) == yaml.safe_load(yaml.safe_dump(schema)), made_anew


def test_the_schema_is_valid_openapi(schema):
    validate_schema(schema)


def test_inputs_take_no_unknown_fields(schema):
    inputs = {name: shape for name, shape in schema["components"]["schemas"].items() if name.endswith("Request")}
    assert len(inputs) >= 7
    assert [name for name, shape in inputs.items() if shape.get("additionalProperties") is not False] == []


def test_every_method_documents_its_refusals(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            expected = {"400", "401", "403", "404", "405", "406", "429", "503"}
            if method != "get":
                expected |= {"409", "413", "415", "422"}
            assert expected <= set(operation["responses"]), (method, path)
            assert operation["summary"], (method, path)


def assert_shaped(value: Any, shape: BaseSerializer, path: str) -> None:
    """The same names, all the way down; nulls only where the schema has them."""
    if isinstance(shape, ListSerializer):
        for item in value:
            assert_shaped(item, shape.child, path)
        return
    assert set(value) == set(shape.fields), path
    for name, field in shape.fields.items():
        if value[name] is None:
            assert field.allow_null, f"{path}.{name}"
        elif isinstance(field, BaseSerializer):
            assert_shaped(value[name], field, f"{path}.{name}")


@pytest.mark.django_db
def test_answers_have_the_declared_fields(cast, api):
    ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
    reply(ticket, cast.requester)
    message = ticket.messages.get()
    at = ticket.updated_at
    assert_shaped(output.ticket(ticket, cast.agent, at=at), schemas.TicketShape(), "ticket")
    assert_shaped(output.message(message, cast.agent, []), schemas.MessageShape(), "message")
    for event in ticket.events.order_by("sequence"):
        assert_shaped(output.event(event, cast.requester), schemas.EventShape(), "event")
    for category in Category.objects.select_related("parent"):
        assert_shaped(output.category(category), schemas.CategoryShape(), "category")
    assert_shaped(views._team(cast.first_line), schemas.TeamRow(), "team")
    assert_shaped(views._user(cast.requester), schemas.UserRow(), "user")
    caller = api(cast.agent)
    assert_shaped(caller.get("users/me/").json(), schemas.Me(), "me")
    transitions = caller.get(f"tickets/{ticket.number}/transitions/").json()
    assert_shaped(transitions, schemas.Transitions(), "transitions")


@pytest.mark.django_db
def test_answers_about_incidents_have_the_declared_fields(cast, api):
    incident = declared(make_ticket(cast.requester), cast.agent, service=Category.objects.get(code="business_finance"))
    link(incident, cast.agent, make_ticket(cast.requester2))
    tell(incident, cast.agent)
    caller, path = api(cast.agent), f"incidents/{incident.number}/"
    assert_shaped(caller.get(path).json(), incident_shapes.IncidentShape(), "incident")
    for part, shape in (("updates", incident_shapes.IncidentUpdateShape), ("links", incident_shapes.IncidentLinkShape)):
        (row,) = caller.get(f"{path}{part}/").json()["results"]
        assert_shaped(row, shape(), part)


@pytest.mark.django_db
@pytest.mark.parametrize("accept", ["application/vnd.oai.openapi", "application/json"])
def test_everybody_may_read_the_schema(client, accept):
    assert client.get("/api/schema/", headers={"Accept": accept}).status_code == 200


@pytest.mark.django_db
def test_the_documentation_page_obeys_the_content_security_policy(client):
    page = client.get("/api/docs/").content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert "<script>" not in page
    script = client.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema/" in script.content.decode()
