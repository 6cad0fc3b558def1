"""Files of articles: who sees them come, and how one goes that readers had already."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from helpdesk.common.errors import Conflict, NotAllowed, NotVisible
from knowledge.models import ArticleFile
from knowledge.services.files import add_file, open_file, remove_file, withdraw_file
from knowledge.services.writing import discard_draft
from tests.knowledge.acts import at, picture, publish, save, send, write
from tests.knowledge.test_pages import text_of, typed

pytestmark = pytest.mark.django_db


def add(article, actor, name: str = "dialog.png") -> ArticleFile:
    return add_file(article_id=article.pk, upload=picture(name), actor=actor, at=at())


def test_a_published_file_is_withdrawn_by_who_answers_for_the_article(cast):
    article = write(cast.agent)
    file = add(article, cast.agent)
    with pytest.raises(Conflict) as early:
        withdraw_file(article_id=article.pk, uuid=file.uuid, actor=cast.agent, at=at(1))
    assert early.value.code == "file_not_published"
    send(article, cast.agent)
    publish(article, cast.lead)
    open_file(uuid=file.uuid, viewer=cast.requester)[1].close()
    with pytest.raises(NotAllowed):
        withdraw_file(article_id=article.pk, uuid=file.uuid, actor=cast.agent2, at=at(3))
    withdraw_file(article_id=article.pk, uuid=file.uuid, actor=cast.agent, at=at(3))
    with pytest.raises(NotVisible):
        open_file(uuid=file.uuid, viewer=cast.requester)
    open_file(uuid=file.uuid, viewer=cast.lead)[1].close()
    event = article.events.first()
    assert (event.code, event.actor, event.reason) == ("file_withdrawn", cast.agent, "dialog.png")
    for act in (lambda: add(article, cast.agent), lambda: _withdraw_again(article, file, cast.agent)):
        with pytest.raises(Conflict) as again:
            act()
        assert again.value.code == "file_withdrawn"
    save(article, cast.agent, {"en": {"advice": "Without the picture."}})
    send(article, cast.agent)
    publish(article, cast.lead)
    with pytest.raises(NotVisible):
        open_file(uuid=file.uuid, viewer=cast.requester)


def _withdraw_again(article, file, actor) -> None:
    withdraw_file(article_id=article.pk, uuid=file.uuid, actor=actor, at=at(4))


def test_no_file_comes_or_goes_while_the_reviewer_reads(cast, as_user):
    article = write(cast.agent)
    file = add(article, cast.agent)
    send(article, cast.agent)
    for act in (
        lambda: add(article, cast.agent2, "other.png"),
        lambda: remove_file(article_id=article.pk, uuid=file.uuid, actor=cast.agent2),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "in_review"
    mine = typed(cast, version="1", en_advice="Kept", files=picture("other.png"))
    page = as_user(cast.agent).post(f"/knowledge/{article.pk}/files/", mine)
    assert page.status_code == 422 and "This version is in review." in text_of(page) and "Kept" in text_of(page)


def test_the_reviewer_sees_who_will_read_it_and_what_comes_with_it(cast, as_user):
    article = write(cast.agent, audience="team", team=cast.first_line, applies_to=["VPN 5"])
    file = add(article, cast.agent, "stray.png")
    send(article, cast.agent)
    page = text_of(as_user(cast.lead).get(f"/knowledge/{article.pk}/review/"))
    assert f'<a href="{file.path}"><bdi>stray.png</bdi></a>' in page
    assert f"One team · <bdi>{cast.first_line.name}</bdi>" in page and "VPN 5" in page


def test_the_editor_withdraws_a_file_and_keeps_the_words(cast, as_user):
    article = write(cast.agent)
    file = add(article, cast.agent, "notes.png")
    send(article, cast.agent)
    publish(article, cast.lead)
    here = f"/knowledge/{article.pk}/files/{file.uuid}/withdraw/"
    agent = as_user(cast.agent)
    assert here in text_of(agent.get(f"/knowledge/{article.pk}/edit/"))
    assert here not in text_of(as_user(cast.agent2).get(f"/knowledge/{article.pk}/edit/"))
    assert as_user(cast.agent2).post(here).status_code == 403
    article.refresh_from_db()
    mine = typed(cast, version=article.version, en_advice="Not saved yet")
    page = text_of(agent.post(here, mine))
    assert "Not saved yet" in page and "Withdrawn" in page and f'formaction="{here}"' not in page
    assert f'method="post" action="/knowledge/{article.pk}/edit/"' in page
    assert agent.post(f"/knowledge/{article.pk}/edit/", mine).status_code == 303
    assert as_user(cast.requester).get(file.path).status_code == 404


def test_a_file_alone_makes_a_version_that_is_reviewed_and_published(cast, as_user):
    article = write(cast.agent)
    send(article, cast.agent)
    publish(article, cast.lead)
    file = add(article, cast.agent2, "steps.png")
    address = f"/knowledge/{article.pk}/"
    assert "Readers don't get these files yet" in text_of(as_user(cast.agent).get(address))
    with pytest.raises(NotVisible):
        open_file(uuid=file.uuid, viewer=cast.requester)
    save(article, cast.agent2, note="A picture of the steps")
    send(article, cast.agent2)
    draft = article.versions.open().get()
    assert (draft.number, draft.author, draft.note) == (2, cast.agent2, "A picture of the steps")
    assert "A new article" not in text_of(as_user(cast.agent).get(f"{address}review/"))
    with pytest.raises(NotAllowed, match="You wrote this version"):
        publish(article, cast.agent2)
    assert publish(article, cast.agent).translation == "current"
    open_file(uuid=file.uuid, viewer=cast.requester)[1].close()
    assert "Readers don't get these files yet" not in text_of(as_user(cast.agent).get(address))


def test_the_same_file_again_starts_no_draft(cast):
    article = write(cast.agent)
    add(article, cast.agent)
    send(article, cast.agent)
    publish(article, cast.lead)
    add(article, cast.agent)
    assert not article.versions.open().exists()


def test_a_file_that_outlived_its_draft_is_sent_for_review_by_adding_it_again(cast):
    article = write(cast.agent)
    send(article, cast.agent)
    publish(article, cast.lead)
    add(article, cast.agent)
    article.refresh_from_db()
    discard_draft(article_id=article.pk, version=article.version, actor=cast.agent, at=at(3))
    add(article, cast.agent)
    send(article, cast.agent)
    assert article.versions.open().get().state == "review"
    publish(article, cast.lead, hours=5)
    assert article.files.get().published_at == at(5)


def test_who_added_a_file_to_a_version_does_not_publish_it(cast):
    article = write(cast.agent)
    add(article, cast.lead)
    send(article, cast.agent)
    with pytest.raises(NotAllowed, match="You wrote this version"):
        publish(article, cast.lead)


def test_readers_files_are_listed_as_readers_get_them(cast, as_user):
    article = write(cast.agent)
    send(article, cast.agent)
    publish(article, cast.lead)
    log = SimpleUploadedFile("drivers.txt", b"HP M404: 48.6", "text/plain")
    add_file(article_id=article.pk, upload=log, actor=cast.agent, at=at(3))
    page = as_user(cast.agent).get(f"/knowledge/{article.pk}/")
    assert page.context["reading"].files == []
    draft = as_user(cast.agent).get(f"/knowledge/{article.pk}/?version=2")
    assert [file.name for file in draft.context["reading"].files] == ["drivers.txt"]
