"""The desk's pages about vendors: opening, logging, writing, chasing, closing, and what each says (ux 2.10)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from assets.models import Vendor, VendorContract
from escalation.models import SlaPolicyVersion
from helpdesk.common.models import OutboxMessage
from tests.factories import bring_to, make_ticket, run
from tests.vendors.acts import codes, last_message
from tickets.models import VendorCase, WaitingReason
from tickets.services import audit
from tickets.services.vendors import cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast):
    return bring_to(make_ticket(cast.requester, device_ip="10.1.2.3"), "in_progress", cast.agent)


@pytest.fixture
def case(cast, vendor, ticket):
    now = timezone.now()
    wish = cases.Wish(vendor, "White page", "请问补丁什么时候有？", now + timedelta(hours=24))
    return cases.open_case(ticket_id=ticket.pk, wish=wish, actor=cast.agent, at=now)


def local(**ahead: float) -> str:
    return timezone.localtime(timezone.now() + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M")


def text_of(response) -> str:
    return response.content.decode()


def page(case) -> str:
    return f"/desk/vendor-cases/{case.pk}/"


def test_from_the_ticket_to_the_closed_case_in_pages(cast, vendor, ticket, as_user):
    agent, liaison = as_user(cast.agent), as_user(cast.liaison)
    workspace = text_of(agent.get(f"/desk/tickets/{ticket.number}/"))
    assert "No vendor is asked." in workspace
    opening = f"/desk/tickets/{ticket.number}/vendor-cases/"
    shown = text_of(agent.get(opening))
    assert "Ask Cloud Finance" in shown, "the only vendor is chosen by itself"
    sent = {
        "subject": "White page",
        "question": "When is there a patch?",
        "severity": "high",
        "contract": vendor.contracts.get().pk,
        "next_chase_at": local(days=2),
        "waiting_reason": "vendor",
    }
    answer = agent.post(opening, sent)
    case = VendorCase.objects.get()
    assert (answer.status_code, answer.url) == (303, page(case))
    ticket.refresh_from_db()
    assert ticket.status == "waiting"
    workspace = text_of(agent.get(f"/desk/tickets/{ticket.number}/"))
    assert "Cloud Finance" in workspace
    assert "1 open point" in workspace

    form = text_of(liaison.get(page(case) + "write/"))
    assert "When is there a patch?" in form, "what was asked stands in the first mail's draft"
    assert "support@vendor.example" in form
    assert "IP address (may hold personal data): 10.1.2.3" in form
    sent = {"key": "k1", "body": "Dear all, is there a patch?", "next_chase_at": local(days=3)}
    for _click in range(2):
        assert liaison.post(page(case) + "write/", sent).status_code == 303
    assert OutboxMessage.objects.filter(subject_type="vendor_case").count() == 1

    assert agent.post(page(case) + "promise/", {"promised_at": local(hours=6)}).status_code == 303
    said = {"direction": "in", "channel": "phone", "body": "It comes tomorrow."}
    assert agent.post(page(case) + "log/", said).status_code == 303
    assert liaison.post(page(case) + "chase/", {"next_chase_at": local(days=4)}).status_code == 303
    details = {"reference": "SR-9", "severity": "high", "cost_amount": "800"}
    assert liaison.post(page(case) + "details/", details).status_code == 303
    shown = text_of(liaison.get(page(case)))
    for words in ("Dear all, is there a patch?", "It comes tomorrow.", "SR-9", "800", "Being sent", "Held back"):
        assert words in shown
    assert (
        liaison.post(page(case) + "close/", {"outcome": "solved", "words": "Patched.", "is_resumed": "on"}).status_code
        == 303
    )
    ticket.refresh_from_db()
    assert (ticket.status, ticket.open_matters) == ("in_progress", 0)
    assert "The vendor solved it" in text_of(liaison.get(page(case)))
    assert "SR-9" in text_of(liaison.get("/desk/vendor-cases/?show=closed"))
    assert codes(ticket)[-1] == "vendor_case_closed"
    assert audit.verify() == []


def test_bad_input_is_told_in_words_and_what_was_typed_stays(cast, case, as_user):
    liaison = as_user(cast.liaison)
    answer = liaison.post(page(case) + "write/", {"key": "k", "body": "Kept words", "fields_sent": ["contact_phone"]})
    assert answer.status_code == 422
    assert "Confirm that the vendor needs it" in text_of(answer)
    assert "Kept words" in text_of(answer)
    assert not OutboxMessage.objects.filter(subject_type="vendor_case").exists()
    for path, sent, words in (
        ("promise/", {"promised_at": local(hours=-2)}, "Choose a time in the future."),
        ("chase/", {"next_chase_at": "nonsense"}, "Enter a valid date/time"),
        ("log/", {"direction": "in", "channel": "phone", "body": " "}, "This field is required"),
        ("log/", {"direction": "in", "channel": "smoke", "body": "x"}, "smoke"),
        ("close/", {"outcome": "solved", "words": ""}, "This field is required"),
        ("details/", {"severity": "high", "visit_from_at": local(hours=2)}, "Give both ends of the visit"),
        ("details/", {"severity": "high", "contract": 777}, "Select a valid choice"),
    ):
        answer = liaison.post(page(case) + path, sent)
        assert answer.status_code == 422, path
        assert words in text_of(answer), path


def test_who_may_do_what(cast, vendor, case, as_user):
    everything = ("write/", "log/", "promise/", "chase/", "details/", "close/")
    for person in (cast.requester, cast.requester2):
        for path in ("", *everything):
            assert as_user(person).get(page(case) + path).status_code == 404
    outsider, admin = as_user(cast.agent2), as_user(cast.admin)
    run(case.ticket, "assign", cast.lead, team=cast.first_line)
    assert outsider.get(page(case)).status_code == 200
    assert "Log vendor contact" not in text_of(outsider.get(page(case)))
    for client in (outsider, admin):
        for path in everything:
            assert client.post(page(case) + path, {}).status_code == 403
    agent = as_user(cast.agent)
    assert agent.get(page(case) + "write/").status_code == 403
    assert "Write to the vendor" not in text_of(agent.get(page(case)))
    assert "Write to the vendor" in text_of(as_user(vendor.deputy).get(page(case)))
    assert agent.get("/desk/vendor-cases/777/").status_code == 404


def test_a_closed_case_says_so(cast, case, as_user):
    agent = as_user(cast.agent)
    sent = {"outcome": "not_needed", "words": "x"}
    assert agent.post(page(case) + "close/", sent).status_code == 303
    answer = agent.post(page(case) + "close/", sent)
    assert answer.status_code == 409
    assert "closed already" in text_of(answer)
    assert "Log vendor contact" not in text_of(agent.get(page(case)))


def test_without_a_vendor_it_is_said_who_adds_one(cast, ticket, as_user):
    shown = text_of(as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/vendor-cases/"))
    assert "No vendor is registered." in shown


def test_out_of_contract_is_warned_of_before_and_after_opening(cast, vendor, ticket, as_user):
    VendorContract.objects.all().delete()
    Vendor.objects.create(name_zh="另一家", liaison=cast.liaison)
    agent = as_user(cast.agent)
    opening = f"/desk/tickets/{ticket.number}/vendor-cases/"
    assert text_of(agent.get(opening)).count("Out of contract") == 2
    assert "this may cost money" in text_of(agent.get(f"{opening}?vendor={vendor.pk}"))
    agent.post(
        f"{opening}?vendor={vendor.pk}",
        {"subject": "x", "question": "x", "severity": "low", "next_chase_at": local(days=1)},
    )
    assert "it may cost money" in text_of(agent.get(page(VendorCase.objects.get())))


def test_an_overdue_answer_asks_for_a_chase_and_stands_on_top_of_the_liaisons_list(cast, vendor, case, as_user):
    now = timezone.now()
    wish = cases.Wish(vendor, "Later one", "?", now + timedelta(days=9))
    cases.open_case(ticket_id=case.ticket.pk, wish=wish, actor=cast.agent, at=now)
    VendorCase.objects.filter(pk=case.pk).update(turn="vendor", next_chase_at=now - timedelta(hours=2))
    liaison = as_user(cast.liaison)
    shown = text_of(liaison.get(page(case)))
    assert "answer is overdue." in shown
    assert "Chase the vendor" in shown
    listed = text_of(liaison.get("/desk/vendor-cases/"))
    assert listed.index("White page") < listed.index("Later one")
    assert re.search(r"answer 2h( \d+m)? late", listed)
    assert 'class="n hot">1<' in listed, "the rail counts what is to be chased"
    assert "White page" not in text_of(as_user(cast.agent2).get("/desk/vendor-cases/?show=mine"))
    assert "White page" in text_of(as_user(cast.agent2).get("/desk/vendor-cases/"))
    assert "/desk/vendor-cases/" not in text_of(as_user(cast.agent2).get("/desk/"))


def test_what_happens_to_our_clock_is_said_as_the_policy_has_it(cast, vendor, ticket, give_policy, as_user):
    agent = as_user(cast.agent)
    opening = f"/desk/tickets/{ticket.number}/vendor-cases/"
    assert "Nothing is promised for this ticket" in text_of(agent.get(opening))
    give_policy(targets={"resolution": 480}, pauses={"resolution": ["vendor"]})
    run(ticket, "assign", cast.lead, team=cast.first_line)
    assert "stops our solution clock while the ticket waits for" in text_of(agent.get(opening))
    now = timezone.now()
    wish = cases.Wish(
        vendor, "x", "x", now + timedelta(days=1), waiting_reason=WaitingReason.objects.get(code="vendor")
    )
    case = cases.open_case(ticket_id=ticket.pk, wish=wish, actor=cast.agent, at=now)
    for address in (page(case), f"/desk/tickets/{ticket.number}/"):
        assert "Our solution clock is paused" in text_of(agent.get(address))
    run(ticket, "resume", cast.agent)
    assert "Our solution clock runs on: the ticket doesn" in text_of(agent.get(page(case)))
    assert SlaPolicyVersion.objects.exists()


def test_the_pages_stand_by_themselves_and_as_dialogs(cast, case, as_user):
    liaison = as_user(cast.liaison)
    for path in ("write/", "log/", "promise/", "chase/", "details/", "close/"):
        assert "<html" in text_of(liaison.get(page(case) + path))
        assert "<html" not in text_of(liaison.get(page(case) + path, HTTP_HX_REQUEST="true"))


def test_markup_of_a_vendor_is_text(cast, case, as_user):
    said = {"direction": "in", "channel": "chat", "body": "<script>window.__x=1</script>"}
    as_user(cast.liaison).post(page(case) + "log/", said)
    shown = text_of(as_user(cast.agent).get(page(case)))
    assert "<script>window.__x" not in shown
    assert "&lt;script&gt;window.__x" in shown
    assert last_message(case).direction == "in"


def test_the_requesters_other_files_are_not_offered(cast, case, as_user):
    """Only the ticket's own files can be chosen, whatever is sent."""
    answer = as_user(cast.liaison).post(
        page(case) + "write/",
        {"key": "k", "body": "x", "files_sent": ["2b4c0f63-1f0e-4a52-9f16-6ad7b5c3a001"], "is_needed": "on"},
    )
    assert answer.status_code in (303, 422)
    message = case.messages.first()
    assert message is None or not message.disclosures.exists()
