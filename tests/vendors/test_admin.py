"""The vendor register in the administration: contacts and contracts on one page, retired instead of deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from assets.models import Vendor
from helpdesk.accounts.services.people import obstacles_to_leaving
from tests.vendors.acts import open_case, worked_on

pytestmark = pytest.mark.django_db

PAGE = "admin:assets_vendor_"


@pytest.fixture
def admin(cast, as_user):
    return as_user(cast.admin)


def sent(cast, **changes):
    values = {
        "name_zh": "打印之家",
        "name_en": "Print House",
        "language": "zh-hans",
        "liaison": cast.liaison.pk,
        "email": "help@print.example",
        "contacts-TOTAL_FORMS": 1,
        "contacts-INITIAL_FORMS": 0,
        "contacts-0-name": "Bob",
        "contracts-TOTAL_FORMS": 1,
        "contracts-INITIAL_FORMS": 0,
        "contracts-0-number": "P-1",
        "contracts-0-starts_on": "2026-01-01",
    }
    return {**values, **changes}


def test_a_vendor_is_added_with_contact_and_contract(cast, admin):
    assert "Vendors" in admin.get(reverse("admin:index")).content.decode()
    answer = admin.post(reverse(PAGE + "add"), sent(cast))
    assert answer.status_code == 302, answer.context["errors"]
    vendor = Vendor.objects.get()
    assert (vendor.contacts.get().name, vendor.contracts.get().number) == ("Bob", "P-1")
    assert vendor.history.get().history_user == cast.admin
    assert "P-1" in admin.get(reverse(PAGE + "changelist")).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"liaison": "agent"}, "Select a valid choice"),
        ({"deputy": "liaison"}, "somebody else than the liaison"),
        ({"mail_domain": "not a domain"}, "Write a domain"),
        ({"contracts-0-ends_on": "2025-01-01"}, "end before it starts"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cast, admin, changes, words):
    values = {name: getattr(cast, value).pk if hasattr(cast, value) else value for name, value in changes.items()}
    answer = admin.post(reverse(PAGE + "add"), sent(cast, **values))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Vendor.objects.exists()


def test_in_use_it_is_retired_not_deleted(cast, vendor, admin):
    ticket = worked_on(cast)
    open_case(ticket, vendor, cast.agent, next_chase_at=ticket.created_at + timedelta(days=3))
    refused = admin.post(reverse(PAGE + "delete", args=[vendor.pk]), {"post": "yes"})
    assert refused.status_code == 409
    admin.post(reverse(PAGE + "retire", args=[vendor.pk]))
    vendor.refresh_from_db()
    assert vendor.is_retired
    admin.post(reverse(PAGE + "restore", args=[vendor.pk]))
    vendor.refresh_from_db()
    assert not vendor.is_retired


def test_a_liaison_does_not_leave_a_vendor_behind(cast, vendor):
    sentences = [str(found.message) for found in obstacles_to_leaving(cast.liaison)]
    assert ["云财软件" in sentence or "Cloud Finance" in sentence for sentence in sentences] == [True]
    assert obstacles_to_leaving(vendor.deputy) == []
