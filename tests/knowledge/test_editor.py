"""What the editor never does: lose typed words, or undo what others changed (ux 2.14)."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection

from helpdesk.accounts.models import Team, User
from helpdesk.common.errors import Conflict
from knowledge.models import Article, Topic
from knowledge.services import publishing
from tests.api.test_races import all_at_once
from tests.knowledge.acts import EN_WORDS, ZH_WORDS, at, published, save, send, write
from tests.knowledge.test_pages import text_of, typed

pytestmark = pytest.mark.django_db


def opened(client, article: Article) -> dict[str, str]:
    """What the editor remembers of the article as it was when it was opened."""
    page = text_of(client.get(f"/knowledge/{article.pk}/edit/"))
    return {
        name: unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])  # type: ignore[index]
        for name in ("version", "seen")
    }


def words_of(html: str) -> str:
    """What a reader sees of a page, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def form_of(html: str) -> dict[str, str]:
    """The words in the editor, and what it remembers."""
    hidden = re.findall(r'name="(version|seen)" value="([^"]*)"', html)
    titles = re.findall(r'name="((?:zh|en)_title)" value="([^"]*)"', html)
    areas = re.findall(r'<textarea [^>]*name="((?:zh|en)_[a-z]+)"[^>]*>\s*([^<]*)<', html)
    empty = dict.fromkeys(re.findall(r'name="((?:zh|en)_[a-z]+)"', html), "")
    return empty | {name: unescape(value) for name, value in [*hidden, *titles, *areas]}


def test_what_was_typed_into_a_draft_that_went_into_review_is_kept(cast, as_user):
    article = write(cast.agent)
    agent = as_user(cast.agent)
    mine = typed(cast, **opened(agent, article), en_advice="My own hour of work")
    send(article, cast.agent2)
    refused = agent.post(f"/knowledge/{article.pk}/edit/", mine)
    page = text_of(refused)
    assert refused.status_code == 409
    assert "My own hour of work" in page and "This version is in review." in page and "data-unsaved" in page
    assert agent.get(f"/knowledge/{article.pk}/edit/")["Location"] == f"/knowledge/{article.pk}/review/"


def test_what_was_typed_into_an_article_that_was_retired_is_kept(cast, as_user):
    article = published(cast)
    agent = as_user(cast.agent)
    mine = typed(cast, **opened(agent, article), en_advice="My own hour of work")
    publishing.retire(article_id=article.pk, version=article.version, reason="Old", actor=cast.lead, at=at(3))
    refused = agent.post(f"/knowledge/{article.pk}/edit/", mine)
    assert refused.status_code == 409
    assert "My own hour of work" in text_of(refused) and "This article is retired." in text_of(refused)
    assert agent.get(f"/knowledge/{article.pk}/edit/")["Location"] == f"/knowledge/{article.pk}/"


def test_saving_after_a_conflict_keeps_the_readers_that_somebody_else_chose(cast, as_user):
    article = published(cast)
    agent, here = as_user(cast.agent), f"/knowledge/{article.pk}/edit/"
    topic = Topic.objects.first()
    mine = typed(cast, **opened(agent, article), applies_to="Mine 1", en_advice="Mine")
    save(article, cast.lead, details={"audience": "team", "team": cast.first_line, "topics": [topic]})
    conflict = agent.post(here, mine)
    page = text_of(conflict)
    assert conflict.status_code == 409
    assert "Others changed these details." in page and cast.first_line.name in page
    assert '<option value="team" selected>' in page and "Mine 1" in page
    article.refresh_from_db()
    again = {name: unescape(value) for name, value in re.findall(r'name="(version|seen)" value="([^"]*)"', page)}
    chosen = {"audience": "team", "team": cast.first_line.pk, "topics": [topic.pk]}
    assert agent.post(here, {**mine, **again, **chosen}).status_code == 303
    article.refresh_from_db()
    assert (article.audience, article.team) == ("team", cast.first_line)


def test_words_that_the_writer_left_alone_follow_what_others_wrote(cast, as_user):
    article = published(cast)
    agent, here = as_user(cast.agent), f"/knowledge/{article.pk}/edit/"
    mine = typed(cast, **opened(agent, article), en_title="My title", en_solution="My way\r\n")
    theirs = {"zh-hans": dict.fromkeys(ZH_WORDS, ""), "en": {"solution": "Their way", "advice": "Their advice"}}
    save(article, cast.lead, theirs)
    conflict = agent.post(here, mine)
    page = words_of(text_of(conflict))
    assert conflict.status_code == 409
    assert "What to do · English · you wrote something else, which stays below Their way" in page
    assert "Title · 简体中文 —" in page and "VPN 连不上" not in page
    assert "Title · English" not in page.partition("Others changed")[0], "nobody else touched it"
    again = form_of(text_of(conflict))
    assert agent.post(here, {**mine, **again}).status_code == 303
    draft = article.versions.open().get()
    kept = {text.language: text.words for text in draft.texts.all()}
    assert set(kept) == {"en"}
    assert (kept["en"]["title"], kept["en"]["solution"], kept["en"]["advice"]) == ("My title", "My way", "Their advice")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_two_articles_of_one_name_that_are_saved_at_once_are_both_kept(cast):
    made = all_at_once([lambda: write(cast.agent).slug] * 4)
    assert sorted(made) == sorted(Article.objects.values_list("slug", flat=True))
    assert len(set(made)) == 4


def test_a_detail_that_two_people_changed_is_shown_and_stays_as_its_writer_chose(cast, as_user):
    article = published(cast)
    agent = as_user(cast.agent)
    mine = typed(cast, **opened(agent, article), audience="staff", note="My note")
    save(article, cast.lead, details={"audience": "team", "team": cast.first_line})
    page = text_of(agent.post(f"/knowledge/{article.pk}/edit/", mine))
    assert '<option value="staff" selected>' in page and "My note" in page
    assert "<dt>Who may read it</dt><dd><bdi>One team</bdi></dd>" in page


def test_an_owner_who_left_stays_until_somebody_chooses_another(cast, as_user):
    article = published(cast)
    User.objects.filter(pk=cast.agent.pk).update(is_active=False)
    for person in (cast.agent2, cast.lead):
        client = as_user(person)
        page = text_of(client.get(f"/knowledge/{article.pk}/edit/"))
        assert f'<option value="{cast.agent.username}" selected>' in page
        article.refresh_from_db()
        words = typed(cast, version=article.version, en_advice=f"By {person.username}")
        assert client.post(f"/knowledge/{article.pk}/edit/", words).status_code == 303
    article.refresh_from_db()
    assert article.owner == cast.agent


def test_who_does_not_answer_for_it_saves_words_without_choosing_readers(cast, as_user):
    article = published(cast, audience="staff")
    client = as_user(cast.agent2)
    assert 'name="audience" disabled' in text_of(client.get(f"/knowledge/{article.pk}/edit/")).replace(
        ' id="id_audience"', ""
    )
    words = typed(cast, version=article.version, en_advice="New")
    for name in ("audience", "owner"):
        del words[name]
    assert client.post(f"/knowledge/{article.pk}/edit/", words).status_code == 303
    article.refresh_from_db()
    assert (article.audience, article.owner) == ("staff", cast.agent)


def test_topics_and_teams_that_are_retired_stay_where_they_are(cast, as_user):
    topic, other = Topic.objects.all()[:2]
    article = write(cast.agent, audience="team", team=cast.first_line, topics=[topic])
    Topic.objects.filter(pk=topic.pk).update(is_retired=True)
    Team.objects.filter(pk=cast.first_line.pk).update(is_retired=True)
    agent, here = as_user(cast.agent), f"/knowledge/{article.pk}/edit/"
    words = typed(cast, version=article.version, audience="team", team=cast.first_line.pk)
    assert agent.post(here, {**words, "topics": [topic.pk, other.pk]}).status_code == 303
    assert set(article.topics.all()) == {topic, other}
    article.refresh_from_db()
    assert article.team == cast.first_line
    assert text_of(as_user(cast.agent).get("/knowledge/new/")).count(f'value="{topic.pk}"') <= 1


def test_words_that_come_back_unsaved_are_marked(cast, as_user):
    article = write(cast.agent)
    agent, here = as_user(cast.agent), f"/knowledge/{article.pk}/edit/"
    assert "data-unsaved" not in text_of(agent.get(here))
    for more in ({"act": "preview"}, {"en_title": ""}):
        assert "data-unsaved" in text_of(agent.post(here, typed(cast, version=article.version, **more)))
    assert EN_WORDS["title"] in text_of(agent.get(here))
    with pytest.raises(Conflict):
        save(send(article, cast.agent), cast.agent, {"en": {"advice": "x"}})
