"""What an article is besides its words: who may change it, and the day on which it is checked again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils.timezone import localdate

from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from knowledge.models import Article
from knowledge.services import publishing
from tests.api.client import refusal
from tests.knowledge.acts import BOTH, at, publish, published, save, send, write
from tests.knowledge.test_pages import text_of, typed

pytestmark = pytest.mark.django_db
TODAY = localdate(at(3))


def due(article: Article) -> date | None:
    article.refresh_from_db()
    return article.review_on


class TestWhoMay:
    @pytest.mark.parametrize("is_sent", [False, True], ids=["draft", "in review"])
    def test_nobody_makes_themselves_the_owner_of_what_others_wrote(self, cast, api, is_sent):
        article = write(cast.agent)
        if is_sent:
            send(article, cast.agent)
        article.refresh_from_db()
        change = {"version": article.version, "owner": cast.agent2.username}
        assert api(cast.agent2).patch(f"articles/{article.pk}/", change).status_code == 403
        for details in ({"audience": "staff"}, {"audience": "team", "team": cast.first_line}, {"review_on": TODAY}):
            with pytest.raises(NotAllowed, match="who owns it"):
                save(article, cast.agent2, details=details)
        if not is_sent:
            send(article, cast.agent)
        with pytest.raises(NotAllowed, match="Only the owner"):
            publish(article, cast.agent2)

    def test_who_answers_for_it_changes_them_while_it_is_in_review(self, cast):
        article = write(cast.agent)
        send(article, cast.agent)
        save(article, cast.agent, details={"audience": "staff"})
        save(article, cast.lead, details={"owner": cast.agent2})
        article.refresh_from_db()
        assert (article.audience, article.owner) == ("staff", cast.agent2)
        with pytest.raises(Conflict):
            save(article, cast.agent2, note="Other words for the reviewer")
        publish(article, cast.agent2)

    def test_details_alone_are_not_writing(self, cast, as_user):
        article = write(cast.agent)
        form = typed(cast, version=article.version, audience="staff", owner="agent", note="")
        assert as_user(cast.lead).post(f"/knowledge/{article.pk}/edit/", form).status_code == 303
        article.refresh_from_db()
        assert article.audience == "staff"
        assert [event.code for event in article.events.all()] == ["details", "created"]
        send(article, cast.agent)
        publish(article, cast.lead)

    def test_a_note_alone_is_kept_with_the_draft(self, cast):
        article = write(cast.agent)
        save(article, cast.agent2, note="For the new client")
        assert article.versions.get().note == "For the new client"
        assert article.events.first().code == "details"
        save(article, cast.agent, BOTH, note="For the new client")
        assert article.events.count() == 2

    def test_an_article_that_its_author_would_not_see_is_refused_in_words(self, cast, as_user, api):
        sentence = "You would not see it yourself then."
        form = typed(cast, audience="team", team=str(cast.applications.pk), owner="agent2")
        page = as_user(cast.agent).post("/knowledge/new/", form)
        assert page.status_code == 422 and sentence in text_of(page) and form["en_title"] in text_of(page)
        told = {"audience": "team", "team": cast.applications.pk, "owner": "agent2", "texts": BOTH}
        refused = api(cast.agent).post("articles/", told)
        assert set(refusal(refused)[2]) == {"team"}
        assert not Article.objects.exists()
        article = write(cast.agent, audience="team", team=cast.applications)
        with pytest.raises(InvalidInput) as unseen:
            save(article, cast.agent, details={"owner": cast.agent2})
        assert [*unseen.value.fields] == ["team"]
        save(article, cast.lead, details={"owner": cast.agent2})


class TestReviewDay:
    def test_only_who_answers_for_it_says_when_it_is_checked_again(self, cast):
        article = published(cast)
        before = due(article)
        for day in (None, date(2099, 1, 1), TODAY + timedelta(days=9)):
            with pytest.raises(NotAllowed):
                save(article, cast.agent2, details={"review_on": day})
        assert due(article) == before

    def test_a_published_article_always_has_a_day(self, cast, as_user):
        article = published(cast, review_on=TODAY + timedelta(days=30))
        save(article, cast.agent, details={"review_on": None})
        assert due(article) == TODAY + timedelta(days=180)
        form = typed(cast, version=article.version, owner="agent", review_on="2001-01-01")
        page = as_user(cast.lead).post(f"/knowledge/{article.pk}/edit/", form)
        assert page.status_code == 422 and "Choose a day to come." in text_of(page) and "2001-01-01" in text_of(page)

    @pytest.mark.parametrize("day", [date(2001, 1, 1), TODAY, date(2099, 1, 1)])
    def test_every_way_refuses_the_same_days(self, cast, day):
        article = published(cast)
        acts = [
            lambda: write(cast.agent, review_on=day),
            lambda: save(article, cast.agent, details={"review_on": day}),
            lambda: publishing.mark_reviewed(
                article_id=article.pk, version=article.version, actor=cast.agent, at=at(3), review_on=day
            ),
        ]
        for act in acts:
            with pytest.raises(InvalidInput) as refused:
                act()
            assert [*refused.value.fields] == ["review_on"]

    def test_a_day_that_has_come_may_stay_while_other_things_change(self, cast):
        article = published(cast)
        Article.objects.filter(pk=article.pk).update(review_on=TODAY - timedelta(days=9))
        save(article, cast.agent, details={"review_on": TODAY - timedelta(days=9), "audience": "staff"})
        assert due(article) == TODAY - timedelta(days=9)


def test_nobody_is_offered_to_publish_a_retired_article(cast, as_user):
    article = published(cast)
    save(article, cast.agent, {"en": {"advice": "New"}})
    send(article, cast.agent)
    address = f"/knowledge/{article.pk}/review/"
    assert f"/knowledge/{article.pk}/publish/" in text_of(as_user(cast.lead).get(address))
    article.refresh_from_db()
    publishing.retire(article_id=article.pk, version=article.version, reason="Old", actor=cast.lead, at=at(4))
    page = text_of(as_user(cast.lead).get(address))
    assert f"/knowledge/{article.pk}/publish/" not in page and "This article is retired." in page
