"""`manage.py list_urls`: every route with its name and methods."""

from __future__ import annotations

import json
from io import StringIO

from django.core.management import call_command
from django.http import HttpResponse
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from helpdesk.routes import EVERY_METHOD, all_routes, methods_of


def test_every_route_is_listed_with_name_pattern_and_methods():
    out = StringIO()
    call_command("list_urls", "--json", stdout=out)
    routes = {route["name"]: route for route in json.loads(out.getvalue())}
    assert routes["notifications:list"]["pattern"] == "/notifications/"
    assert routes["notifications:list"]["methods"] == ["GET", "HEAD"]
    assert routes["notifications:read_all"]["methods"] == ["POST"]
    assert any(name.startswith("admin:") for name in routes)
    assert all(route["methods"] and route["pattern"].startswith("/") for route in routes.values())


def test_people_get_a_line_per_route():
    out = StringIO()
    call_command("list_urls", stdout=out)
    assert out.getvalue().count("\n") == len(all_routes())
    assert "/notifications/  notifications:list  GET, HEAD\n" in out.getvalue()


def test_methods_are_found_under_any_decorators():
    @never_cache
    @require_safe
    def page(request):
        return HttpResponse()

    @require_POST
    @never_cache
    def act(request):
        return HttpResponse()

    def anything(request):
        return HttpResponse()

    class Page(View):
        def get(self, request):
            return HttpResponse()

    assert methods_of(page) == ["GET", "HEAD"]
    assert methods_of(act) == ["POST"]
    assert methods_of(Page.as_view()) == ["GET", "OPTIONS"]
    assert methods_of(anything) == list(EVERY_METHOD)
