"""From the draft to what everybody reads: who may, what stays, and what is refused (ADR 19)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Thread

import pytest
from django.db import DatabaseError, connection, transaction

from helpdesk.common.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotVisible, StaleVersion
from knowledge.models import Article, ArticleEvent, ArticleText, ArticleVersion, Topic
from knowledge.search import search_articles
from knowledge.services import publishing, writing
from knowledge.services.topics import save_topic
from tests.api.test_races import all_at_once
from tests.knowledge.acts import BOTH, EN_WORDS, ZH_WORDS, at, publish, published, save, send, told, write

pytestmark = pytest.mark.django_db


def sees(person) -> bool:
    return Article.objects.visible_to(person).exists()


def test_a_draft_is_the_desks_until_somebody_else_publishes_it(cast):
    article = write(cast.agent)
    assert (sees(cast.requester), sees(cast.agent2)) == (False, True)
    send(article, cast.agent)
    assert told("article_to_review") == ["lead"]
    with pytest.raises(NotAllowed, match="You wrote this version"):
        publish(article, cast.agent)
    with pytest.raises(NotAllowed, match="Only the owner"):
        publish(article, cast.agent2)
    assert not sees(cast.requester)
    article = publish(article, cast.lead)
    assert sees(cast.requester)
    assert article.review_on is not None and (article.review_on - at(2).date()).days == 180
    assert told("article_published") == ["agent"]
    assert [event.code for event in article.events.order_by("id")] == ["created", "sent", "published"]


def test_whoever_wrote_a_word_of_it_does_not_publish_it(cast):
    article = write(cast.agent)
    save(article, cast.lead, {"en": {"advice": "Keep it running."}})
    send(article, cast.agent)
    with pytest.raises(NotAllowed, match="You wrote this version"):
        publish(article, cast.lead)
    publish(article, cast.admin)


def test_the_owner_publishes_what_somebody_else_wrote(cast):
    article = published(cast)
    assert article.owner == cast.agent
    save(article, cast.agent2, {"en": {"cause": "An old certificate."}})
    send(article, cast.agent2)
    publish(article, cast.agent)
    assert article.versions.get(state="published").number == 2
    assert article.versions.get(number=1).state == "superseded"


def test_readers_keep_the_published_words_while_a_draft_is_written(cast):
    article = published(cast)
    save(article, cast.agent2, {"en": {"title": "Drafted"}})
    texts = ArticleText.objects.filter(version__in=ArticleVersion.objects.visible_to(cast.requester))
    assert {text.title for text in texts} == {ZH_WORDS["title"], EN_WORDS["title"]}
    found = search_articles(Article.objects.visible_to(cast.lead), "Drafted", cast.lead)
    assert not found.exists()


def test_typing_the_same_words_again_starts_no_draft(cast):
    article = published(cast)
    before = article.version
    details = {"audience": "public", "team": None, "topics": [], "owner": cast.agent, "applies_to": []}
    save(article, cast.agent, BOTH, details=details)
    article.refresh_from_db()
    assert (article.version, article.versions.count()) == (before, 1)


def test_a_note_that_is_about_nothing_is_refused_and_one_on_details_is_kept_with_them(cast):
    article = published(cast)
    with pytest.raises(InvalidInput) as refused:
        save(article, cast.agent, BOTH, note="Why I came")
    assert [*refused.value.fields] == ["note"]
    save(article, cast.agent, BOTH, note="For the desk alone", details={"audience": "staff"})
    event = article.events.first()
    assert (event.code, event.reason) == ("details", "For the desk alone")
    save(article, cast.agent, {"en": {"advice": "New"}}, note="Something new")
    assert article.versions.open().get().note == "Something new"


def test_a_version_in_review_is_sent_back_before_it_changes(cast):
    article = write(cast.agent)
    send(article, cast.agent)
    with pytest.raises(Conflict) as refused:
        save(article, cast.agent, {"en": {"title": "Other"}})
    assert refused.value.code == "in_review"
    article.refresh_from_db()
    with pytest.raises(InvalidInput) as missing:
        publishing.return_to_author(
            article_id=article.pk, version=article.version, reason=" ", actor=cast.lead, at=at(2)
        )
    assert "reason" in missing.value.fields
    publishing.return_to_author(
        article_id=article.pk, version=article.version, reason="Which client?", actor=cast.lead, at=at(2)
    )
    assert told("article_returned") == ["agent"]
    assert article.versions.get().return_reason == "Which client?"
    save(article, cast.agent, {"en": {"title": "Other"}})


def test_what_two_people_write_at_once_is_not_lost(cast):
    article = write(cast.agent)
    seen = article.version
    save(article, cast.agent2, {"en": {"title": "By agent2"}})
    with pytest.raises(StaleVersion) as stale:
        writing.save_draft(article_id=article.pk, version=seen, texts=BOTH, actor=cast.agent, at=at(4))
    assert stale.value.extra["version"] == Article.objects.get().version
    assert "article" in str(stale.value)


def test_a_draft_says_in_words_what_is_missing(cast):
    with pytest.raises(InvalidInput) as nothing:
        writing.create_article(texts={}, actor=cast.agent, at=at())
    assert nothing.value.fields == {"zh_title": ["Write a title in at least one language."]}
    with pytest.raises(InvalidInput) as untitled:
        write(cast.agent, {"zh-hans": ZH_WORDS, "en": {"solution": "x"}})
    assert [*untitled.value.fields] == ["en_title"]
    with pytest.raises(InvalidInput) as teamless:
        write(cast.agent, audience="team")
    assert [*teamless.value.fields] == ["team"]
    article = write(cast.agent, {"en": {"title": "Only a title"}})
    with pytest.raises(InvalidInput) as empty:
        send(article, cast.agent)
    assert [*empty.value.fields] == ["en_solution"]
    with pytest.raises(NotAllowed):
        write(cast.requester)


def test_who_reads_an_article_follows_its_audience(cast):
    article = published(cast, audience="team", team=cast.applications)
    readers = {name for name, person in cast.everybody().items() if sees(person)}
    assert readers == {"agent", "agent2", "lead", "liaison", "admin"}  # agent owns it
    save(article, cast.lead, details={"owner": cast.agent2})
    assert not sees(cast.agent)
    with pytest.raises(NotVisible):
        save(article, cast.agent, BOTH)
    save(article, cast.lead, details={"audience": "staff"})
    assert sees(cast.agent) and not sees(cast.requester)


def test_only_who_answers_for_it_opens_a_published_article_to_more_readers(cast):
    article = published(cast, audience="staff")
    with pytest.raises(NotAllowed, match="who reads the article"):
        save(article, cast.agent2, details={"audience": "public"})
    save(article, cast.agent2, details={"applies_to": ["Cisco AnyConnect", "cisco anyconnect", " "]})
    assert [row.name for row in article.applies_to.all()] == ["Cisco AnyConnect"]
    assert search_articles(Article.objects.visible_to(cast.agent), "anyconnect", cast.agent).get() == article
    save(article, cast.agent, details={"audience": "public"})
    assert sees(cast.requester)


def test_a_language_that_was_not_changed_is_outdated_until_somebody_says_it_fits(cast):
    article = published(cast)
    assert article.translation == "current"
    save(article, cast.agent, {"en": {"solution": "1. Install the new client"}})
    send(article, cast.agent)
    article = publish(article, cast.lead)
    assert article.translation == "zh_outdated"
    assert Article.objects.with_translation_gap().get() == article
    publishing.mark_translation_current(article_id=article.pk, version=article.version, actor=cast.lead, at=at(5))
    article.refresh_from_db()
    assert article.translation == "current"
    save(article, cast.agent, {"zh-hans": {"title": ""} | dict.fromkeys(("symptom", "solution"), "")})
    send(article, cast.agent)
    assert publish(article, cast.lead).translation == "zh_missing"


def test_a_translation_that_catches_up_outdates_nothing(cast):
    article = published(cast, {"zh-hans": ZH_WORDS})
    assert article.translation == "en_missing"

    def next_version(texts) -> str:
        save(article, cast.agent, texts)
        send(article, cast.agent)
        return publish(article, cast.lead).translation

    assert next_version({"en": EN_WORDS}) == "current"
    assert next_version({"zh-hans": {"advice": "重启电脑"}}) == "en_outdated"
    assert next_version({"zh-hans": {"advice": "重启手机"}}) == "en_outdated"
    assert next_version({"en": {"advice": "Restart the phone"}}) == "current"
    assert next_version({"en": {"advice": "Restart the tablet"}}) == "zh_outdated"
    assert next_version({"zh-hans": {"advice": "重启平板"}, "en": {"cause": "Heat"}}) == "current"


def test_retired_articles_are_the_desks_and_come_back(cast):
    article = published(cast)
    with pytest.raises(NotAllowed):
        publishing.retire(article_id=article.pk, version=article.version, reason="Old", actor=cast.agent2, at=at(3))
    publishing.retire(article_id=article.pk, version=article.version, reason="Old", actor=cast.agent, at=at(3))
    article.refresh_from_db()
    assert (sees(cast.requester), sees(cast.agent2), article.state) == (False, True, "retired")
    with pytest.raises(Conflict):
        save(article, cast.agent, {"en": {"title": "Other"}})
    publishing.restore(article_id=article.pk, version=article.version, actor=cast.lead, at=at(4))
    assert sees(cast.requester)


def test_a_draft_that_is_thrown_away_leaves_what_is_published(cast):
    article = published(cast)
    save(article, cast.agent2, {"en": {"title": "Nonsense"}})
    article.refresh_from_db()
    with pytest.raises(NotAllowed):
        writing.discard_draft(article_id=article.pk, version=article.version, actor=cast.liaison, at=at(4))
    writing.discard_draft(article_id=article.pk, version=article.version, actor=cast.agent2, at=at(4))
    assert not article.versions.open().exists()
    save(article, cast.agent2, {"en": {"title": "Sense"}})
    assert article.versions.open().get().number == 3


@pytest.mark.parametrize("title", ["changed", "removed"])
def test_the_database_keeps_what_was_published(cast, title):
    article = published(cast)
    text = ArticleText.objects.filter(version__article=article)
    acts = [
        lambda: text.update(title=title),
        lambda: text.first().delete(),
        lambda: ArticleVersion.objects.update(note=title),
        lambda: ArticleVersion.objects.all()._raw_delete("default"),
        lambda: ArticleEvent.objects.update(reason=title),
    ]
    for act in acts:
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
)
def test_of_many_who_publish_at_once_one_does(cast):
    article = write(cast.agent)
    send(article, cast.agent)
    article.refresh_from_db()
    seen = article.version

    def act() -> str:
        try:
            publishing.publish(article_id=article.pk, version=seen, actor=cast.lead, at=at(2))
        except DomainError as error:
            return error.code
        return "published"

    assert Counter(all_at_once([act] * 4)) == {"published": 1, "stale_version": 3}
    assert article.versions.get().state == "published"


def while_it_is_open(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Begin the second act in another transaction before that of the first one is committed."""

    def other() -> None:
        try:
            second()
        finally:
            connection.close()

    thread = Thread(target=other)
    with transaction.atomic(), connection.cursor() as cursor:
        first()
        thread.start()
        waits = False
        while thread.is_alive() and not waits:
            thread.join(0.02)
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
            (waits,) = cursor.fetchone()
    thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
)
@pytest.mark.parametrize("is_published_before", [True, False])
@pytest.mark.parametrize("is_renamed_first", [True, False])
def test_an_article_published_while_its_topic_is_renamed_is_found_by_both(cast, is_published_before, is_renamed_first):
    topic = Topic.objects.first()
    article = (published if is_published_before else lambda cast, **more: write(cast.agent, **more))(
        cast, topics=[topic]
    )
    save(article, cast.agent, {"en": {"title": "Gateway trouble"}})
    send(article, cast.agent, hours=4)

    def rename() -> None:
        topic.name_en = "Tunnels"
        save_topic(topic=topic, actor=cast.admin)

    acts = [rename, lambda: publish(article, cast.lead, hours=5)]
    while_it_is_open(*(acts if is_renamed_first else acts[::-1]))
    for text in ("gateway", "tunnels"):
        assert search_articles(Article.objects.visible_to(cast.agent2), text, cast.agent2).exists(), text


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres_only
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time; races are tested on PostgreSQL"
)
def test_two_who_start_a_draft_at_once_write_one(cast):
    article = published(cast)
    seen = article.version

    def act(title: str):
        def run() -> str:
            try:
                writing.save_draft(
                    article_id=article.pk, version=seen, texts={"en": {"title": title}}, actor=cast.agent, at=at(3)
                )
            except DomainError as error:
                return error.code
            return "saved"

        return run

    assert Counter(all_at_once([act("a"), act("b"), act("c")])) == {"saved": 1, "stale_version": 2}
    assert article.versions.open().count() == 1
