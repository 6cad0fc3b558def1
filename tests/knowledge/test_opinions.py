"""What readers say of an article, what it solved, and when it is to be checked again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from knowledge.choices import Place
from knowledge.invariants import INVARIANTS
from knowledge.models import Article, ArticleSearch, Deflection
from knowledge.selectors import solved_without_ticket
from knowledge.services import opinions, publishing, reminders
from tests.api.test_races import all_at_once
from tests.knowledge.acts import at, publish, published, save, send, told, write

pytestmark = pytest.mark.django_db


def say(article, person, is_helpful, **more):
    opinions.give_feedback(article_id=article.pk, is_helpful=is_helpful, person=person, at=at(4), **more)
    article.refresh_from_db()
    return article.helped, article.not_helped


def test_an_opinion_is_counted_once_and_may_be_changed(cast):
    article = published(cast)
    assert say(article, cast.requester, True) == (1, 0)
    assert say(article, cast.requester, True) == (1, 0)
    assert say(article, cast.requester2, False, reason="unclear", words="Which button?") == (1, 1)
    assert say(article, cast.requester2, True) == (2, 0)
    assert article.feedback.count() == 2


def test_an_opinion_belongs_to_the_version_that_was_read_but_people_are_counted_once(cast):
    article = published(cast)
    say(article, cast.requester, False, reason="did_not_work")
    say(article, cast.colleague, True)
    for number, expected in ((2, (2, 0)), (3, (2, 0))):
        save(article, cast.agent, {"en": {"cause": f"x{number}"}})
        send(article, cast.agent)
        publish(article, cast.lead)
        assert say(article, cast.requester, True) == expected
    assert say(article, cast.colleague, False, reason="unclear") == (1, 1)
    assert article.feedback.count() == 5
    assert [row for find in INVARIANTS for row in find(at())] == []


def test_whom_it_did_not_help_says_why(cast):
    article = published(cast)
    with pytest.raises(InvalidInput) as missing:
        say(article, cast.requester, False)
    assert [*missing.value.fields] == ["reason"]
    draft = write(cast.agent)
    with pytest.raises(NotVisible):
        say(draft, cast.requester, True)
    with pytest.raises(Conflict):
        say(draft, cast.agent, True)


def test_a_problem_solved_without_a_ticket_is_a_row(cast):
    article = published(cast)
    opinions.record_deflection(article_id=article.pk, person=cast.requester, place=Place.PORTAL, at=at(4))
    assert Deflection.objects.visible_to(cast.agent).count() == 1
    assert not Deflection.objects.visible_to(cast.requester).exists()
    with pytest.raises(NotVisible):
        opinions.record_deflection(article_id=write(cast.agent).pk, person=cast.requester, place=Place.PORTAL, at=at(4))


def test_a_person_counts_once_a_day_for_an_article_but_each_caller_counts(cast):
    article, other = published(cast), published(cast)

    def solved(article, person, place, hours):
        return opinions.record_deflection(article_id=article.pk, person=person, place=place, at=at(hours))

    first = solved(article, cast.requester, Place.PORTAL, 4)
    assert solved(article, cast.requester, Place.PORTAL, 5) == first
    for again in ((article, cast.requester, 28), (article, cast.colleague, 5), (other, cast.requester, 5)):
        solved(again[0], again[1], Place.PORTAL, again[2])
    assert Deflection.objects.count() == 4
    for _caller in range(2):
        assert solved(article, cast.agent, Place.CALL, 5).person is None
    assert solved_without_ticket(cast.agent, since=at(27)) == (1, 6)
    assert solved_without_ticket(cast.requester, since=at(0)) == (0, 0)


def test_the_desk_sees_how_many_problems_articles_solved(cast, as_user, api):
    article = published(cast)
    manage = "/knowledge/manage/"
    assert "solved by articles" not in as_user(cast.agent).get(manage).content.decode()
    opinions.record_deflection(
        article_id=article.pk, person=cast.requester, place=Place.PORTAL, at=timezone.now() - timedelta(days=40)
    )
    opinions.record_deflection(article_id=article.pk, person=cast.requester, place=Place.PORTAL, at=timezone.now())
    page = as_user(cast.agent).get(manage).content.decode()
    assert "2 problems were solved by articles without a ticket, 1 of them in the last 30 days." in page
    address = f"articles/{article.pk}/"
    assert api(cast.agent).get(address).json()["solved_without_ticket"] == 2
    assert api(cast.requester).get(address).json()["solved_without_ticket"] is None


def test_solved_tickets_are_counted_and_taken_back(cast):
    article = published(cast)
    opinions.count_solved(article_id=article.pk)
    opinions.count_solved(article_id=article.pk)
    opinions.count_solved(article_id=article.pk, by=-1)
    article.refresh_from_db()
    assert article.solved_tickets == 1


def test_the_owner_is_reminded_once_of_each_day(cast):
    article = published(cast)
    due = at(2) + timedelta(days=181)
    assert reminders.remind_of_reviews(at=at(24)) == 0
    assert reminders.remind_of_reviews(at=due) == 1
    assert reminders.remind_of_reviews(at=due + timedelta(days=3)) == 0
    assert told("article_review_due") == ["agent"]
    publishing.mark_reviewed(article_id=article.pk, version=article.version, actor=cast.agent, at=due)
    assert reminders.remind_of_reviews(at=due + timedelta(days=1)) == 0
    assert reminders.remind_of_reviews(at=due + timedelta(days=181)) == 1
    assert told("article_review_due") == ["agent", "agent"]


def test_where_the_owner_has_left_the_leads_are_reminded(cast):
    published(cast)
    cast.agent.is_active = False
    cast.agent.save()
    reminders.remind_of_reviews(at=at() + timedelta(days=200))
    assert told("article_review_due") == ["lead"]


def test_a_day_that_is_over_is_no_day_for_the_next_check(cast):
    article = published(cast)
    with pytest.raises(InvalidInput) as past:
        publishing.mark_reviewed(
            article_id=article.pk, version=article.version, actor=cast.agent, at=at(5), review_on=at().date()
        )
    assert [*past.value.fields] == ["review_on"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
)
def test_many_opinions_and_reminders_at_once_are_counted_right(cast):
    article = published(cast)
    people = [cast.requester, cast.requester2, cast.colleague]
    all_at_once([lambda person=person: say(article, person, True) for person in people * 2])
    assert Article.objects.get().helped == 3
    due = at() + timedelta(days=200)
    assert Counter(all_at_once([lambda: reminders.remind_of_reviews(at=due)] * 3)) == {1: 1, 0: 2}


def test_what_must_always_hold_is_checked(cast):
    article = published(cast)
    say(article, cast.requester, True)
    assert [row for find in INVARIANTS for row in find(at())] == []
    Article.objects.update(helped=7)
    ArticleSearch.objects.all().delete()
    assert {find.__name__: [*find(at())] for find in INVARIANTS} == {
        "articles_without_published_words": [],
        "articles_nobody_finds": [article.pk],
        "miscounted_opinions": [article.pk],
    }


def test_what_was_kept_before_is_counted_by_people_and_names_no_recorder(cast):
    """As the migration finds it: opinions of two versions by one person, and whoever answered a call."""
    article = published(cast)
    say(article, cast.requester, False, reason="unclear")
    save(article, cast.agent, {"en": {"cause": "x"}})
    send(article, cast.agent)
    publish(article, cast.lead)
    say(article, cast.requester, True)
    Article.objects.update(helped=1, not_helped=1)
    for place, person in ((Place.CALL, cast.agent), (Place.PORTAL, cast.requester)):
        Deflection.objects.create(article=article, person=person, place=place, at=at(5))
    migration = import_module("knowledge.migrations.0004_people_counted")
    for act in (migration.forget_recorders, migration.count_people):
        act(apps, None)
    article.refresh_from_db()
    assert (article.helped, article.not_helped) == (1, 0)
    assert {row.place: row.person for row in Deflection.objects.all()} == {"call": None, "portal": cast.requester}
