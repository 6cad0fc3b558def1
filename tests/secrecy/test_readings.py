"""The log of who opened a confidential ticket: honest, short, and no change to the ticket."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.accounts.models import User
from tests.cast import Cast
from tests.factories import agent_in, make_ticket, reply
from tests.secrecy.acts import break_in, confide, worked_on
from tickets.models import Attachment, ConfidentialRead, Ticket
from tickets.services.files import store_upload
from tickets.services.readings import note_reading

pytestmark = pytest.mark.django_db


def places(person: User) -> list[str]:
    return list(ConfidentialRead.objects.filter(reader=person).order_by("pk").values_list("place", flat=True))


def test_opening_it_on_any_way_is_written_down(cast: Cast, as_user, api) -> None:
    ticket = worked_on(cast)
    file = store_upload(upload=SimpleUploadedFile("log.txt", b"text"), actor=cast.agent, at=timezone.now())
    reply(ticket, cast.agent, "见附件", kind="internal", attachments=[str(file.uuid)])
    confide(ticket, cast.agent)
    desk, caller = as_user(cast.lead), api(cast.lead)
    for address in ("", "dossier/", "dossier.json", "news/?after=1"):
        assert desk.get(f"/desk/tickets/{ticket.number}/{address}").status_code == 200
    assert desk.get(f"/files/{file.uuid}").status_code == 200
    assert places(cast.lead) == ["page", "dossier", "file"]
    for part in ("", "messages/", "events/"):
        assert caller.get(f"tickets/{ticket.number}/{part}").status_code == 200
    assert places(cast.lead) == ["page", "dossier", "file", "api"]
    assert ConfidentialRead.objects.get(place="file").file == str(file.uuid)


def test_a_list_that_carries_its_content_is_a_reading_too(cast: Cast, api) -> None:
    ticket = confide(worked_on(cast), cast.agent)
    assert ticket.number in [row["number"] for row in api(cast.lead).get("tickets/").json()["results"]]
    assert places(cast.lead) == ["api"]


def test_once_for_a_quarter_of_an_hour(cast: Cast) -> None:
    ticket = confide(worked_on(cast), cast.agent)
    at = timezone.now().replace(minute=0, second=0, microsecond=0)
    for minutes in (0, 5, 14, 15, 20, 31):
        note_reading(ticket=ticket, reader=cast.lead, place="page", at=at + timedelta(minutes=minutes))
    read = ConfidentialRead.objects.order_by("pk").values_list("read_at", flat=True)
    assert [int((moment - at).total_seconds() // 60) for moment in read] == [0, 15, 31]


def test_looking_changes_nothing_else(cast: Cast, as_user) -> None:
    ticket = confide(worked_on(cast), cast.agent)
    before = (ticket.version, ticket.updated_at, ticket.history.count(), ticket.events.count())
    client = as_user(cast.lead)
    for _ in range(2):
        client.get(f"/desk/tickets/{ticket.number}/")
    with CaptureQueriesContext(connection) as caught:
        client.get(f"/desk/tickets/{ticket.number}/")
    writes = [query["sql"] for query in caught if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE", "BEGIN")]
    assert writes == [], "a page that is opened again waits for no lock"
    ticket.refresh_from_db()
    assert before == (ticket.version, ticket.updated_at, ticket.history.count(), ticket.events.count())


def test_ordinary_tickets_and_the_requesters_side_leave_no_trace(cast: Cast, as_user, api) -> None:
    ordinary = make_ticket(cast.requester)
    as_user(cast.lead).get(f"/desk/tickets/{ordinary.number}/")
    secret = confide(worked_on(cast), cast.agent)
    as_user(cast.requester).get(f"/tickets/{secret.number}/")
    api(cast.requester).get(f"tickets/{secret.number}/")
    own = confide(make_ticket(cast.agent), cast.lead)
    as_user(cast.agent).get(f"/tickets/{own.number}/")
    assert not ConfidentialRead.objects.exclude(reader=cast.lead).exists()


def test_who_answers_for_it_sees_the_log_and_nobody_else(cast: Cast, as_user, api) -> None:
    ticket = confide(worked_on(cast), cast.agent, people=(cast.agent2,))
    other_lead = agent_in(cast.applications, username="other_lead", is_lead=True)
    break_in(ticket, other_lead)
    as_user(cast.agent2).get(f"/desk/tickets/{ticket.number}/")
    for person, sees in ((cast.agent, True), (cast.lead, True), (cast.agent2, False), (other_lead, False)):
        page = as_user(person).get(f"/desk/tickets/{ticket.number}/").content.decode()
        assert ("Who read it" in page) == sees, person
        response = api(person).get(f"tickets/{ticket.number}/reads/")
        assert response.status_code == (200 if sees else 403), person
    rows = api(cast.agent).get(f"tickets/{ticket.number}/reads/").json()["results"]
    assert {"agent2", "other_lead", "lead"} <= {row["reader"]["username"] for row in rows}
    dossier = as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/dossier/").content.decode()
    assert cast.agent2.get_full_name() in dossier[dossier.index('id="readings"') :]
    data = as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/dossier.json").json()["confidentiality"]
    assert "agent2" in {reading["by"]["username"] for reading in data["readings"]}
    assert [row["by"]["username"] for row in data["emergency_accesses"]] == ["other_lead"]


def test_the_requester_reads_how_many_have_opened_it(cast: Cast, as_user) -> None:
    ticket = worked_on(cast)
    client = as_user(cast.requester)
    assert "Confidential" not in client.get(f"/tickets/{ticket.number}/").content.decode()
    confide(ticket, cast.agent)
    page = client.get(f"/tickets/{ticket.number}/").content.decode()
    assert "Only a few people of support may read this ticket now." in page
    assert "None of them has opened it yet." in page
    as_user(cast.lead).get(f"/desk/tickets/{ticket.number}/")
    as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/")
    assert "2 of them have opened it so far." in client.get(f"/tickets/{ticket.number}/").content.decode()
    assert "涉及劳动争议" not in page


def test_the_database_refuses_to_change_or_forget_a_reading(cast: Cast) -> None:
    ticket = confide(worked_on(cast), cast.agent)
    note_reading(ticket=ticket, reader=cast.lead, place="page", at=timezone.now())
    for act in (lambda: ConfidentialRead.objects.update(reader=cast.agent), ConfidentialRead.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert Ticket.objects.filter(pk=ticket.pk).exists()
    assert Attachment.objects.count() == 0
