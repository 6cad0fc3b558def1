"""Evidence: secured with its origin, handed on link by link, and checked against its fingerprint."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone

from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from tests.cast import Cast
from tests.factories import run
from tests.secrecy.acts import alarm, break_in, secure, upload, worked_on
from tickets.models import CustodyEntry, Evidence, Ticket
from tickets.services import audit
from tickets.services.evidence import Check, check_evidence, compare, pass_on, secure_evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    found = worked_on(cast)
    alarm(found, cast.agent)
    return found


def stored(evidence: Evidence) -> Path:
    key = evidence.file.storage_key
    return Path(settings.FILES_DIR) / key[:2] / key


def hand_on(evidence: Evidence, cast: Cast, to: str = "网安支队 王警官", **said: object) -> CustodyEntry:
    at = timezone.now()
    values = {"passed_to": to, "passed_at": at, "purpose": "立案", "actor": cast.agent, "at": at, **said}
    return pass_on(evidence_id=evidence.pk, **values)


def test_a_file_is_kept_with_its_origin_and_its_fingerprint(cast: Cast, ticket: Ticket) -> None:
    evidence = secure(ticket, cast.agent)
    assert evidence.file.sha256 == hashlib.sha256(b"From: attacker\n").hexdigest()
    assert Evidence.objects.get().file.is_internal
    (link,) = evidence.custody.all()
    assert (link.sequence, link.passed_from, link.passed_to) == (1, "收件箱", cast.agent.get_full_name())
    event = ticket.events.latest("sequence")
    assert (event.code, event.data["sha256"], event.is_public) == ("evidence_taken", evidence.file.sha256, False)
    assert audit.verify() == []


def test_the_chain_goes_on_from_who_holds_it(cast: Cast, ticket: Ticket) -> None:
    evidence = secure(ticket, cast.agent)
    hand_on(evidence, cast)
    last = hand_on(evidence, cast, "检察院")
    assert (last.sequence, last.passed_from, last.passed_to) == (3, "网安支队 王警官", "检察院")
    assert audit.verify() == []


def test_refusals_name_the_field(cast: Cast, ticket: Ticket) -> None:
    evidence = secure(ticket, cast.agent)
    at = timezone.now()
    for said, field in (
        ({"to": " "}, "passed_to"),
        ({"purpose": ""}, "purpose"),
        ({"passed_at": at + timedelta(hours=1)}, "passed_at"),
        ({"passed_at": at - timedelta(days=1)}, "passed_at"),
    ):
        with pytest.raises(InvalidInput) as refused:
            hand_on(evidence, cast, **said)
        assert list(refused.value.fields) == [field]
    for said, field in (({"what": ""}, "what"), ({"found_where": " "}, "found_where")):
        with pytest.raises(InvalidInput) as refused:
            secure(ticket, cast.agent, **said)
        assert list(refused.value.fields) == [field]
    with pytest.raises(InvalidInput) as refused:
        secure_evidence(
            ticket_id=ticket.pk,
            file=upload(cast.agent2),
            what="x",
            found_where="x",
            taken_at=at,
            actor=cast.agent,
            at=timezone.now(),
        )
    assert list(refused.value.fields) == ["files"], "somebody else's file is no evidence"


def test_evidence_needs_a_security_incident(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        secure(worked_on(cast), cast.agent)
    assert refused.value.code == "no_security_incident"


def test_checking_tells_what_became_of_the_content(cast: Cast, ticket: Ticket) -> None:
    evidence = secure(ticket, cast.agent)

    def check() -> Check:
        return check_evidence(evidence_id=evidence.pk, actor=cast.agent, at=timezone.now())

    assert check() == Check.MATCHES
    stored(evidence).write_bytes(b"From: somebody else\n")
    assert check() == Check.DIFFERS
    stored(evidence).unlink()
    assert check() == Check.MISSING
    told = [event.data["check"] for event in ticket.events.filter(code="evidence_checked").order_by("sequence")]
    assert told == ["matches", "differs", "missing"]
    assert audit.verify() == []


def test_an_archived_tickets_evidence_can_still_be_compared(cast: Cast, ticket: Ticket) -> None:
    evidence = secure(ticket, cast.agent)
    run(ticket, "withdraw", cast.requester, reason="误报")
    run(ticket, "archive", cast.agent)
    assert check_evidence(evidence_id=evidence.pk, actor=cast.agent, at=timezone.now()) == Check.MATCHES
    assert compare(evidence.file) == Check.MATCHES
    assert ticket.events.latest("sequence").code == "archive"


def test_nobody_outside_gets_at_it_and_emergency_readers_only_read(cast: Cast, ticket: Ticket, as_user) -> None:
    evidence = secure(ticket, cast.agent)
    for person in (cast.agent2, cast.admin):
        with pytest.raises(NotVisible):
            check_evidence(evidence_id=evidence.pk, actor=person, at=timezone.now())
        assert as_user(person).get(f"/files/{evidence.file.uuid}").status_code == 404
    assert as_user(cast.requester).get(f"/files/{evidence.file.uuid}").status_code == 404
    break_in(ticket, cast.admin)
    assert as_user(cast.admin).get(f"/files/{evidence.file.uuid}").status_code == 200
    assert as_user(cast.admin).post(f"/desk/evidence/{evidence.pk}/check/").status_code == 403
    assert as_user(cast.admin).get(f"/desk/evidence/{evidence.pk}/custody/").status_code == 403


def test_the_database_refuses_to_change_or_forget_it(cast: Cast, ticket: Ticket) -> None:
    evidence = secure(ticket, cast.agent)
    acts = (
        lambda: Evidence.objects.update(what="x"),
        lambda: CustodyEntry.objects.update(passed_to="x"),
        CustodyEntry.objects.all().delete,
    )
    for act in acts:
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert Evidence.objects.get().what == evidence.what


def test_the_pages(cast: Cast, ticket: Ticket, as_user) -> None:
    client = as_user(cast.agent)
    address = f"/desk/tickets/{ticket.number}/security/evidence/"
    moment = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    said = {"what": "钓鱼邮件", "found_where": "收件箱", "taken_at": moment}
    assert "multipart/form-data" in client.get(address).content.decode()
    for sent, words in (
        ({**said}, "This field is required"),
        ({**said, "file": SimpleUploadedFile("x.exe", b"MZ")}, "isn’t accepted here"),
        ({**said, "what": "", "file": SimpleUploadedFile("x.log", b"log")}, "This field is required"),
    ):
        response = client.post(address, sent)
        assert response.status_code == 422
        page = response.content.decode().replace("&#x27;", "’").replace("'", "’")
        assert words in page and "收件箱" in page
    done = client.post(address, {**said, "file": SimpleUploadedFile("mail.log", b"log")})
    assert done.status_code == 303
    evidence = Evidence.objects.get()
    assert client.post(f"/desk/evidence/{evidence.pk}/check/", follow=True).status_code == 200
    page = client.get(f"/desk/tickets/{ticket.number}/security/").content.decode()
    assert evidence.file.sha256 in page
    dialog = client.get(f"/desk/evidence/{evidence.pk}/custody/").content.decode()
    assert f"钓鱼邮件 is with {cast.agent.get_full_name()} now." in dialog
    later = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    bad = client.post(
        f"/desk/evidence/{evidence.pk}/custody/", {"passed_to": "王警官", "passed_at": later, "purpose": "x"}
    )
    assert bad.status_code == 422 and "Choose a time that has passed." in bad.content.decode()
    sent = {"passed_to": "王警官", "passed_at": moment, "purpose": "立案"}
    assert client.post(f"/desk/evidence/{evidence.pk}/custody/", sent).status_code == 303
    report = client.get(f"/desk/tickets/{ticket.number}/security/report/").content.decode()
    assert "王警官" in report and evidence.file.sha256 in report
