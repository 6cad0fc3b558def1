"""The one question after closing: who is asked, when, what an answer does, and who may not answer (M1.1, M3.5-5)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from helpdesk import invariants
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.models import OutboxMessage
from tests.factories import bring_to, make_ticket, resolution, run
from tests.notifications.acts import deliver
from tests.notifications.sink import text_of
from tests.surveys.acts import closed, link, rate, survey_of
from tickets.models import DeskSettings, Survey, Ticket
from tickets.models.asking import Asking
from tickets.services.audit import verify
from tickets.services.signed_links import link_to, sign
from tickets.services.timers import run_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast):
    return closed(cast)


class TestAsking:
    def test_who_confirms_is_asked_once(self, ticket):
        survey = survey_of(ticket)
        assert survey.state == Asking.State.ASKED
        assert survey.answer_by_at == ticket.closed_at + timedelta(days=14)
        assert ticket.events.last().data["survey"] == survey.pk

    def test_who_let_the_days_pass_is_asked_too(self, cast):
        ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
        run(ticket, "close", None, at=ticket.confirm_by_at)
        assert survey_of(ticket).is_open

    def test_who_withdrew_is_not_asked(self, cast):
        bring_to(make_ticket(cast.requester), "cancelled", cast.agent)
        assert not Survey.objects.exists()

    def test_a_duplicate_says_nothing_about_our_work(self, cast):
        ticket = bring_to(make_ticket(cast.requester), "in_progress", cast.agent)
        run(ticket, "resolve", cast.agent, **resolution("duplicate"))
        run(ticket, "confirm", cast.requester)
        assert not Survey.objects.exists()

    def test_nobody_is_asked_where_the_desk_has_switched_it_off(self, cast):
        DeskSettings.objects.update_or_create(id=1, defaults={"survey_days": 0})
        closed(cast)
        assert not Survey.objects.exists()

    def test_who_worked_on_their_own_ticket_is_not_asked(self, cast):
        ticket = make_ticket(cast.agent)
        bring_to(ticket, "closed", cast.agent)
        assert not Survey.objects.exists()

    def test_somebody_of_the_desk_whose_ticket_others_handled_is_asked(self, cast):
        ticket = bring_to(make_ticket(cast.agent2), "closed", cast.agent)
        assert rate(ticket, 4).rating == 4

    def test_closed_again_it_is_asked_again_unless_it_was_answered(self, cast, ticket):
        first = survey_of(ticket)
        run(ticket, "reopen", cast.requester, reason="又白屏了")
        first.refresh_from_db()
        assert first.state == Asking.State.CANCELLED
        for rating in (5, None):
            run(ticket, "resolve", cast.agent, **resolution())
            run(ticket, "confirm", cast.requester)
            if rating:
                rate(ticket, rating)
                run(ticket, "reopen", cast.requester, reason="又白屏了")
        assert list(Survey.objects.values_list("state", flat=True)) == ["cancelled", "answered"]

    def test_the_archive_ends_it(self, cast, ticket):
        run_due(at=ticket.closed_at + timedelta(days=31))
        assert survey_of(ticket).state == Asking.State.LAPSED
        with pytest.raises(Conflict) as refused:
            rate(ticket, 5)
        assert refused.value.code == "archived"

    def test_the_database_holds_one_survey_for_a_ticket(self, ticket):
        with pytest.raises(IntegrityError), transaction.atomic():
            Survey.objects.create(ticket=ticket, asked_at=timezone.now(), answer_by_at=timezone.now())


class TestAnswering:
    def test_a_good_rating_is_kept_and_told(self, ticket):
        survey = rate(ticket, 5)
        assert (survey.state, survey.rating, survey.follow_up) == ("answered", 5, None)
        event = ticket.events.last()
        assert (event.code, event.data["rating"], event.is_public) == ("survey_answered", 5, False)
        assert verify() == []

    def test_passing_is_an_answer_without_a_rating(self, ticket):
        survey = rate(ticket, None)
        assert (survey.state, survey.rating) == ("answered", None)

    def test_a_changed_rating_shows_in_the_audit(self, ticket):
        rate(ticket, 3)
        Survey.objects.update(rating=5)
        assert [(broken.table, broken.problem) for broken in verify()] == [("survey", "was altered")]

    def test_a_low_rating_is_followed_up_by_the_lead(self, cast, ticket):
        survey = rate(ticket, 1, "slow", "repeated", words="三天才有人回。")
        fresh = survey.follow_up
        assert (fresh.follow_up_of, fresh.requester, fresh.team, fresh.assignee) == (
            ticket,
            cast.requester,
            cast.first_line,
            cast.lead,
        )
        assert "三天才有人回。" in fresh.description and ticket.number in fresh.subject
        assert list(fresh.events.values_list("code", flat=True)) == ["submitted", "low_rating"]
        assert ticket.events.last().data["follow_up"] == fresh.pk
        assert verify() == []

    def test_the_lead_gets_a_mail_and_the_requester_a_receipt(self, cast, sink, ticket):
        deliver()
        sink.mails.clear()
        fresh = rate(ticket, 2).follow_up
        deliver()
        told = {mail["To"]: str(mail["Subject"]) for mail in sink.mails}
        assert set(told) == {cast.lead.email, cast.requester.email}
        assert all(fresh.number in subject for subject in told.values())

    def test_a_follow_up_of_a_confidential_ticket_is_confidential(self, cast, ticket):
        Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
        ticket.refresh_from_db()
        fresh = rate(ticket, 2).follow_up
        assert fresh.is_confidential
        assert fresh not in Ticket.objects.visible_to(cast.agent2)

    def test_it_stays_with_the_team_where_nobody_leads_it(self, cast):
        cast.first_line.lead = None
        cast.first_line.save()
        fresh = rate(closed(cast), 2).follow_up
        assert (fresh.team, fresh.assignee) == (cast.first_line, None)

    def test_leads_do_not_follow_up_what_they_rated_themselves(self, cast):
        ticket = bring_to(make_ticket(cast.lead), "classified", cast.agent)
        run(ticket, "assign", cast.agent, team=cast.first_line)
        for command, actor, data in (
            ("accept", cast.agent, {}),
            ("resolve", cast.agent, resolution()),
            ("confirm", cast.lead, {}),
        ):
            run(ticket, command, actor, **data)
        fresh = rate(ticket, 1).follow_up
        assert (fresh.team, fresh.assignee) == (cast.first_line, None)
        assert not OutboxMessage.objects.filter(topic="low_rating").exists()

    def test_nobody_is_asked_about_a_follow_up(self, cast, ticket):
        fresh = rate(ticket, 2).follow_up
        bring_to(fresh, "closed", cast.lead)
        assert not Survey.objects.filter(ticket=fresh).exists()

    @pytest.mark.parametrize(
        ("rating", "reasons", "field"),
        [(0, (), "rating"), (6, (), "rating"), (4, ("slow",), "reasons"), (1, ("bad",), "reasons")],
    )
    def test_wrong_answers_are_refused_by_name(self, ticket, rating, reasons, field):
        with pytest.raises(InvalidInput) as refused:
            rate(ticket, rating, *reasons)
        assert list(refused.value.fields) == [field]
        assert survey_of(ticket).is_open

    def test_nobody_else_answers(self, cast, ticket):
        for person in (cast.agent, cast.lead):
            with pytest.raises(NotAllowed):
                rate(ticket, 5, actor=person)
            with pytest.raises(NotAllowed):
                rate(ticket, 5, actor=person, via=Asking.Via.SPOKEN, words="sagt sie")
        with pytest.raises(NotVisible):
            rate(ticket, 5, actor=cast.requester2)
        ticket.watcher_rows.create(user=cast.colleague)
        with pytest.raises(NotAllowed):
            rate(ticket, 5, actor=cast.colleague)

    def test_who_has_worked_on_it_meanwhile_is_refused_in_words(self, cast):
        ticket = bring_to(make_ticket(cast.agent2), "closed", cast.agent)
        Ticket.objects.filter(pk=ticket.pk).update(assignee=cast.agent2)
        ticket.refresh_from_db()
        with translation.override("en"), pytest.raises(NotAllowed) as refused:
            rate(ticket, 5)
        assert str(refused.value.message) == "You worked on this ticket yourself, so you can't rate it."

    def test_too_late_and_twice_are_said(self, ticket):
        with pytest.raises(Conflict) as late:
            rate(ticket, 5, at=ticket.closed_at + timedelta(days=14))
        assert late.value.code == "too_late"
        rate(ticket, 5)
        with pytest.raises(Conflict) as second:
            rate(ticket, 1)
        assert second.value.code == "already_answered"

    def test_every_invariant_holds_after_all_of_it(self, cast, ticket):
        at = timezone.now()
        rate(ticket, 1)
        broken = {name: rows for name, rows in invariants.check_all(at=at).items() if rows}
        broken.pop("content_without_file", None)
        assert broken == {}


class TestPages:
    def test_the_mail_about_the_closing_leads_to_the_question(self, client, cast, sink, settings):
        ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
        run(ticket, "close", None, at=timezone.now() + timedelta(days=6))
        deliver(after=timedelta(days=7))
        mail = [mail for mail in sink.mails if mail["To"] == cast.requester.email][-1]
        url = re.search(r"https?://\S+/tickets/answer/\S+", text_of(mail))[0].removeprefix(settings.SITE_URL)
        shown = client.get(url)
        assert shown.status_code == 200 and shown.content.decode().count('name="rating"') == 5
        said = client.post(url, {"answer": "rate", "rating": "4"})
        assert said.status_code == 200
        assert survey_of(ticket).rating == 4
        assert client.get(url).status_code == 404

    def test_other_readers_get_the_mail_without_the_question(self, cast, sink):
        ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
        ticket.watcher_rows.create(user=cast.colleague)
        run(ticket, "close", None, at=timezone.now() + timedelta(days=6))
        deliver(after=timedelta(days=7))
        mails = {mail["To"]: text_of(mail) for mail in sink.mails}
        assert "/tickets/answer/" in mails[cast.requester.email]
        assert "/tickets/answer/" not in mails[cast.colleague.email]
        assert "/tickets/answer/" not in mails[cast.agent.email]

    def test_who_confirms_by_the_link_is_led_to_the_question(self, client, cast):
        ticket = bring_to(make_ticket(cast.requester), "resolved", cast.agent)
        ticket.refresh_from_db()
        said = client.post(reverse("portal:answer", args=[sign(link_to(ticket))]), {"answer": "yes"}).content.decode()
        url = re.search(r'href="(/tickets/answer/[^"]+)"', said)[1]
        assert client.get(url).status_code == 200

    def test_in_the_portal_a_low_rating_asks_why_and_says_what_comes_of_it(self, browse, cast, ticket):
        page = browse(cast.requester)
        url = reverse("portal:ticket_question", args=[ticket.number, "survey", survey_of(ticket).pk])
        assert "What went wrong?" in page.get(url).content.decode()
        done = page.post(url, {"answer": "rate", "rating": "2", "reasons": ["slow"], "words": "慢"}, follow=True)
        assert done.status_code == 200
        survey = survey_of(ticket)
        assert (survey.reasons, survey.answer_words, survey.via) == (["slow"], "慢", "portal")

    def test_reasons_ticked_before_a_better_rating_are_dropped(self, client, ticket):
        client.post(link(ticket), {"answer": "rate", "rating": "5", "reasons": ["slow"], "words": "x"})
        survey = survey_of(ticket)
        assert (survey.rating, survey.reasons, survey.answer_words) == (5, [], "")

    def test_passing_is_one_button(self, client, ticket):
        assert client.post(link(ticket), {"answer": "pass"}).status_code == 200
        assert survey_of(ticket).rating is None and survey_of(ticket).state == "answered"

    def test_no_rating_is_said_and_what_was_typed_stays(self, client, ticket):
        said = client.post(link(ticket), {"answer": "rate", "rating": "nine", "reasons": ["slow"], "words": "留着"})
        page = said.content.decode()
        assert said.status_code == 422
        assert "留着" in page and re.search(r'value="slow" checked', page)

    def test_a_foreign_or_late_question_is_not_there(self, browse, cast, ticket):
        url = reverse("portal:ticket_question", args=[ticket.number, "survey", survey_of(ticket).pk])
        assert browse(cast.requester2).get(url).status_code == 404
        assert browse(cast.agent).get(url).status_code == 404
        Survey.objects.update(answer_by_at=timezone.now())
        assert browse(cast.requester).get(url).status_code == 404

    def test_the_desk_reads_the_rating_in_the_record_and_the_requester_does_not(self, client, browse, cast, ticket):
        rate(ticket, 2, "slow", words="CANARY")
        desk = browse(cast.agent).get(reverse("desk:ticket", args=[ticket.number])).content.decode()
        assert "rated the service: 2 of 5, Poor. It took too long." in desk
        fresh = survey_of(ticket).follow_up
        lead = browse(cast.lead).get(reverse("desk:ticket", args=[fresh.number])).content.decode()
        assert "because of a low rating" in lead
        ticket.watcher_rows.create(user=cast.colleague)
        portal = browse(cast.colleague).get(reverse("portal:ticket", args=[ticket.number])).content.decode()
        assert "CANARY" not in portal and "2 of 5" not in portal
