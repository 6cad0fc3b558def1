"""A vendor case from opening to outcome: who may do what, what it does to the ticket, and who hears of it (M3.4-7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assets.services.vendors import retire_vendor, save_vendor
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.invariants import INVARIANTS
from helpdesk.periodic import sweep
from tests.factories import UserFactory, make_ticket, resolution, run
from tests.vendors.acts import at, close, codes, log, open_case, told, worked_on, write
from tickets.models import Ticket, VendorCase, WaitingReason
from tickets.services import audit
from tickets.services.edit import add_watcher
from tickets.services.vendors import cases

pytestmark = pytest.mark.django_db


def waiting() -> WaitingReason:
    return WaitingReason.objects.get(code="vendor")


def sound(hours: float) -> None:
    """Nothing is lost, doubled or forgotten."""
    broken = {name: list(find(at(hours))) for name, find in INVARIANTS.items() if list(find(at(hours)))}
    broken.pop("content_without_file", None)  # other tests leave files on disk, and roll their rows back
    assert broken == {}
    assert audit.verify() == []


def test_from_opening_to_outcome(cast, vendor):
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent, waiting_reason=waiting())
    assert (ticket.status, ticket.next_action_at, ticket.open_matters) == ("waiting", at(24), 1)
    assert told("vendor_case_opened") == ["liaison"]

    write(case, cast.liaison)
    cases.record_promise(case_id=case.pk, promised_at=at(30), actor=cast.liaison, at=at(2))
    case.refresh_from_db()
    assert (case.turn, case.promised_at, case.next_chase_at) == ("vendor", at(30), at(30))
    ticket.refresh_from_db()
    assert ticket.next_action_at == at(30), "the ticket waits as long as the vendor has time"

    assert sweep(at=at(31))
    assert told("vendor_chase_due") == ["liaison"]
    sweep(at=at(32))
    assert told("vendor_chase_due") == ["liaison"], "each planned look is told of once"

    log(case, cast.liaison, "补丁明天到。", hours=33, next_chase_at=at(60))
    close(case, cast.liaison, hours=40)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.open_matters) == ("in_progress", 0)
    assert codes(ticket) == [
        "vendor_case_opened",
        "vendor_written",
        "vendor_promised",
        "vendor_chase_due",
        "vendor_answered",
        "vendor_case_closed",
    ]
    assert told("vendor_answered") == ["agent"]
    assert told("vendor_case_closed") == ["agent"]
    run(ticket, "resolve", cast.agent, at=at(41), **resolution())
    sound(41)


def test_an_open_case_keeps_the_ticket_from_being_solved(cast, vendor):
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent)
    with pytest.raises(Conflict) as refused:
        run(ticket, "resolve", cast.agent, at=at(1), **resolution())
    assert refused.value.code == "open_matters"
    close(case, cast.agent)
    assert run(ticket, "resolve", cast.agent, at=at(6), **resolution()).status == "resolved"


def test_the_case_of_a_withdrawn_ticket_stays_with_the_liaison_and_keeps_it_from_the_archive(cast, vendor):
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent)
    run(ticket, "withdraw", cast.requester, at=at(1), reason="不需要了")
    case.refresh_from_db()
    assert (case.is_open, ticket.timer_at) == (True, at(24))
    with pytest.raises(Conflict) as refused:
        run(ticket, "archive", cast.agent, at=at(2))
    assert refused.value.code == "vendor_case_open"
    sweep(at=at(25))
    assert told("vendor_chase_due") == ["liaison"]
    year = 365 * 24
    sweep(at=at(year))
    ticket.refresh_from_db()
    assert not ticket.is_archived
    assert ticket.timer_at is None
    sound(year)

    write(case, cast.liaison, "Never mind, thank you.", hours=year)
    close(case, cast.liaison, hours=year + 1, outcome="not_needed")
    sweep(at=at(year + 2))
    ticket.refresh_from_db()
    assert ticket.is_archived
    sound(year + 2)


def test_only_liaison_and_deputy_write_to_the_vendor(cast, vendor):
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent)
    for person in (cast.agent, cast.lead):
        with pytest.raises(NotAllowed):
            write(case, person)
    for person in (cast.agent2, cast.admin):
        with pytest.raises(NotAllowed):
            log(case, person, "…")
    for person in (cast.requester, cast.requester2):
        with pytest.raises(NotVisible):
            log(case, person, "…")
    write(case, cast.liaison)
    write(case, vendor.deputy)
    log(case, cast.lead, "Rang them up.", direction="out")
    cast.liaison.is_liaison = False
    cast.liaison.save()
    del cast.liaison.abilities, cast.liaison.roles
    with pytest.raises(NotAllowed):
        write(case, cast.liaison)


def test_the_liaison_of_another_team_sees_to_the_whole_case(cast, vendor):
    """The ticket is the first line's; the liaison works with the applications."""
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent, waiting_reason=waiting())
    cases.set_chase(case_id=case.pk, next_chase_at=at(48), actor=cast.liaison, at=at(2))
    ticket.refresh_from_db()
    assert ticket.next_action_at == at(48)
    close(case, cast.liaison, is_resumed=True)
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    sound(6)


def test_what_an_opening_is_refused_for(cast, vendor):
    ticket = worked_on(cast)
    with pytest.raises(InvalidInput) as refused:
        open_case(ticket, vendor, cast.agent, subject=" ", question="", next_chase_at=at(-1), severity="awful")
    assert set(refused.value.fields) == {"subject", "question", "next_chase_at", "severity"}
    with pytest.raises(InvalidInput) as refused:
        open_case(ticket, vendor, cast.agent, waiting_reason=WaitingReason.objects.get(code="user"))
    assert set(refused.value.fields) == {"waiting_reason"}
    with pytest.raises(NotAllowed):
        open_case(ticket, vendor, cast.agent2)
    new = make_ticket(cast.requester, at=at(-1))
    with pytest.raises(Conflict):
        open_case(new, vendor, cast.lead, waiting_reason=waiting())
    assert not VendorCase.objects.exists(), "nothing is left of a case whose ticket can't wait"
    retire_vendor(vendor=vendor, actor=cast.admin)
    with pytest.raises(InvalidInput) as refused:
        open_case(ticket, vendor, cast.agent)
    assert set(refused.value.fields) == {"vendor"}
    run(ticket, "withdraw", cast.requester, at=at(1), reason="不需要了")
    with pytest.raises(Conflict) as late:
        open_case(ticket, vendor, cast.agent, hours=2)
    assert late.value.code == "not_workable"


def test_a_confidential_ticket_needs_a_liaison_who_may_see_it(cast, vendor):
    ticket = worked_on(cast)
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
    vendor.deputy = None
    save_vendor(vendor=vendor, actor=cast.admin)
    with pytest.raises(InvalidInput) as refused:
        open_case(ticket, vendor, cast.agent)
    assert set(refused.value.fields) == {"vendor"}
    add_watcher(ticket_id=ticket.pk, actor=cast.agent, person=cast.liaison, at=at())
    case = open_case(ticket, vendor, cast.agent)
    assert told("vendor_case_opened") == ["liaison"]
    assert set(VendorCase.objects.visible_to(cast.liaison)) == {case}
    assert not VendorCase.objects.visible_to(cast.agent2).exists()
    assert not VendorCase.objects.visible_to(cast.admin).exists()


def test_a_deputy_who_may_see_the_ticket_speaks_in_the_liaisons_place(cast, vendor):
    ticket = worked_on(cast)
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
    open_case(ticket, vendor, cast.agent)
    assert told("vendor_case_opened") == ["deputy"], "who works in the ticket's own team"


def test_a_closed_case_takes_nothing_more_from_us(cast, vendor):
    case = open_case(worked_on(cast), vendor, cast.agent)
    close(case, cast.agent)
    for act in (
        lambda: close(case, cast.liaison),
        lambda: write(case, cast.liaison),
        lambda: log(case, cast.agent, "x"),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "case_closed"


def test_details_can_be_changed_and_what_changes_nothing_leaves_no_trace(cast, vendor):
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent)
    change = {"reference": " SR-9 ", "contract": vendor.contracts.get(), "cost_amount": "800 CNY"}
    for _time in range(2):
        case = cases.change_case(case_id=case.pk, changes=change, actor=cast.liaison, at=at(1))
    assert (case.reference, case.is_covered(at().date())) == ("SR-9", True)
    assert codes(ticket) == ["vendor_case_opened", "vendor_case_changed"]
    for wrong in ({"visit_from_at": at(2)}, {"visit_from_at": at(4), "visit_until_at": at(3)}):
        with pytest.raises(InvalidInput) as refused:
            cases.change_case(case_id=case.pk, changes=wrong, actor=cast.liaison, at=at(1))
        assert set(refused.value.fields) == {"visit_until_at"}


def test_whose_turn_it_is_and_what_is_overdue(cast, vendor):
    case = open_case(worked_on(cast), vendor, cast.agent)
    assert (case.reply_due_at, case.is_overdue(at(1))) == (None, False)
    write(case, cast.liaison)
    case.refresh_from_db()
    assert (case.reply_due_at, case.is_overdue(at(25))) == (at(24), True)
    cases.record_promise(case_id=case.pk, promised_at=at(8), actor=cast.agent, at=at(2), next_chase_at=at(10))
    case.refresh_from_db()
    assert (case.reply_due_at, case.is_overdue(at(7)), case.is_overdue(at(9))) == (at(8), False, True)
    log(case, cast.agent, "They need the log.", hours=9)
    case.refresh_from_db()
    assert (case.turn, case.is_overdue(at(9.5))) == ("us", False)


def test_a_chase_is_told_to_the_deputy_where_the_liaison_has_left(cast, vendor):
    open_case(worked_on(cast), vendor, cast.agent)
    cast.liaison.is_active = False
    cast.liaison.save()
    sweep(at=at(25))
    assert told("vendor_chase_due") == ["deputy"]


def test_the_requester_reads_that_a_vendor_is_asked_but_neither_which_nor_what(cast, vendor, as_user):
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent)
    write(case, cast.liaison, "CANARY words to the vendor")
    cases.record_promise(case_id=case.pk, promised_at=at(30), actor=cast.liaison, at=at(2))
    log(case, cast.liaison, "CANARY words of the vendor", hours=3)
    close(case, cast.liaison)
    for language, sentences in (
        ("en", ("The vendor was asked for help.", "The vendor&#x27;s answer is due", "The vendor has answered.")),
        ("zh-hans", ()),
    ):
        page = as_user(cast.requester, language).get(f"/tickets/{ticket.number}/").content.decode()
        for sentence in sentences:
            assert sentence in page
        for secret in ("CANARY", "Cloud Finance", "云财", "补丁已装", "White page"):
            assert secret not in page
    colleague = UserFactory(username="other", department=cast.finance)
    assert not VendorCase.objects.visible_to(colleague).exists()


def test_who_speaks_with_a_vendor_is_a_liaison(cast, vendor):
    vendor.liaison = cast.agent
    with pytest.raises(InvalidInput) as refused:
        save_vendor(vendor=vendor, actor=cast.admin)
    assert set(refused.value.fields) == {"liaison"}
    with pytest.raises(NotAllowed):
        save_vendor(vendor=vendor, actor=cast.lead)


def test_a_ticket_that_went_on_by_itself_waits_no_more(cast, vendor):
    """Its waiting time is over; planning the next look doesn't make it wait again."""
    ticket = worked_on(cast)
    case = open_case(ticket, vendor, cast.agent, waiting_reason=waiting())
    sweep(at=at(24) + timedelta(minutes=1))
    sweep(at=at(24) + timedelta(minutes=2))
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    cases.set_chase(case_id=case.pk, next_chase_at=at(48), actor=cast.liaison, at=at(25))
    ticket.refresh_from_db()
    assert ticket.status == "in_progress"
    sound(26)
