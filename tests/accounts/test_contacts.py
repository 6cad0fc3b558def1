"""People who are known without being in the directory."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.accounts.services.contacts import create_contact
from helpdesk.accounts.services.passwords import request_reset_link
from helpdesk.accounts.tasks import mail_reset_link
from helpdesk.common.errors import InvalidInput
from tests.cast import Cast
from tests.factories import PASSWORD, make_ticket

NOW = timezone.now


def test_a_contact_can_be_reported_for_but_not_sign_in(cast: Cast) -> None:
    contact = create_contact(full_name="  何 建国 ", phone="+86 138 0013 8000", language="zh-hans", at=NOW())
    assert (contact.full_name, contact.phone, contact.email) == ("何 建国", "+86 138 0013 8000", None)
    assert contact.is_contact
    assert not contact.has_usable_password()
    assert contact.can(Ability.SUBMIT)
    assert not contact.is_desk
    assert make_ticket(contact, actor=cast.agent, channel="phone").requester == contact
    # Colleagues of the requesters' side don't find people from outside.
    assert contact not in User.objects.visible_to(cast.requester)


def test_no_password_opens_the_door(db: None, client: Client) -> None:
    contact = create_contact(full_name="何建国", email="he@example.org", at=NOW())
    request_reset_link(person=contact)
    mail_reset_link(contact.pk)
    assert mail.outbox == []
    contact.set_password(PASSWORD)
    contact.save()
    assert authenticate(None, username="he@example.org", password=PASSWORD) is None
    client.force_login(contact)
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("email", ["agent@example.com", "AGENT@Example.COM", " agent@example.com "])
def test_an_address_we_know_finds_its_person(cast: Cast, email: str) -> None:
    before = User.objects.count()
    assert create_contact(full_name="Somebody else", email=email, at=NOW()) == cast.agent
    assert User.objects.count() == before
    cast.agent.refresh_from_db()
    assert cast.agent.full_name == "李强"


def test_the_same_contact_twice_is_one(db: None) -> None:
    first = create_contact(full_name="何建国", email="He@Example.org", at=NOW())
    assert create_contact(full_name="J. He", email="he@example.org", at=NOW()) == first


def test_without_a_name_the_address_stands_for_it(db: None) -> None:
    assert create_contact(full_name="", email="he@example.org", at=NOW()).full_name == "he@example.org"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"full_name": " "}, "full_name"),
        ({"full_name": "x" * 121}, "full_name"),
        ({"full_name": "a\x00"}, "full_name"),
        ({"full_name": "何", "email": "not an address"}, "email"),
        ({"full_name": "何", "email": "x" * 300 + "@example.org"}, "email"),
        ({"full_name": "何", "phone": "1" * 41}, "phone"),
        ({"full_name": "何", "language": "tlh"}, "language"),
    ],
)
def test_bad_input_is_named(db: None, fields: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        create_contact(**fields, at=NOW())  # type: ignore[arg-type]
    assert list(caught.value.fields) == [field]
    assert not User.objects.exists()


def test_a_contact_has_no_role(db: None) -> None:
    contact = create_contact(full_name="何建国", at=NOW())
    contact.is_agent = True
    with pytest.raises(IntegrityError), transaction.atomic():
        contact.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer at a time on SQLite")
def test_two_doors_at_once_make_one_person() -> None:
    barrier, made = threading.Barrier(4), []

    def call() -> None:
        try:
            barrier.wait(10)
            made.append(create_contact(full_name="何建国", email="he@example.org", at=NOW()).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(made) == 4
    assert len(set(made)) == 1
