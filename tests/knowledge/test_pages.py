"""The pages of the knowledge base: reading, writing, reviewing, and what each refuses (ux 2.14)."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from helpdesk.accounts.models import Team
from knowledge.models import Article, ArticleFeedback, ArticleFile
from knowledge.services.files import add_file
from tests.knowledge.acts import EN_WORDS, ZH_WORDS, picture, publish, published, save, send, write

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return response.content.decode()


def typed(cast, **more) -> dict[str, object]:
    """What the editor sends."""
    words = {f"zh_{name}": value for name, value in ZH_WORDS.items()}
    words |= {f"en_{name}": value for name, value in EN_WORDS.items()}
    return {**words, "audience": "public", "owner": cast.agent.username, "applies_to": "ThinkPad X1\nVPN 5", **more}


def test_from_the_first_word_to_the_reader_in_pages(cast, as_user):
    agent, lead, reader = as_user(cast.agent), as_user(cast.lead), as_user(cast.requester)
    made = agent.post("/knowledge/new/", typed(cast))
    article = Article.objects.get()
    assert made["Location"] == f"/knowledge/{article.pk}/edit/"
    here = f"/knowledge/{article.pk}/"
    assert reader.get(here).status_code == 404
    sent = agent.post(f"{here}edit/", typed(cast, version=article.version, act="send", note="First"))
    assert sent["Location"] == here
    assert agent.get(f"{here}edit/")["Location"] == f"{here}review/"
    page = text_of(agent.get(f"{here}review/"))
    assert "somebody else has to publish it" in page and "Take it back" in page
    page = text_of(lead.get(f"{here}review/"))
    assert "<ins>VPN does not connect</ins>" in page
    article.refresh_from_db()
    assert lead.post(f"{here}publish/", {"version": article.version})["Location"] == here
    page = text_of(reader.get(here))
    assert "<h1><bdi>VPN does not connect</bdi></h1>" in page and "<ol>" in page
    assert "ThinkPad X1" in page and "Checked on" in page
    assert 'href="/tickets/new/?subject=VPN+does+not+connect"' in page
    assert "Version" not in page and "Owner" not in page
    assert "VPN 连不上" in text_of(as_user(cast.requester, "zh-hans").get(here))
    page = text_of(lead.get(here))
    assert "Version 1" in page and "published it" in page


def test_search_and_topics_lead_to_articles(cast, as_user):
    article = published(cast)
    write(cast.agent, {"en": {"title": "Hidden VPN draft", "solution": "x"}})
    reader = as_user(cast.requester)
    page = text_of(reader.get("/knowledge/"))
    assert "What helps most" in page and EN_WORDS["title"] in page
    page = text_of(reader.get("/knowledge/?q=certificate"))
    assert "No article has all these words." in page and "/tickets/new/?subject=certificate" in page
    page = text_of(reader.get("/knowledge/?q=client"))
    assert EN_WORDS["title"] in page and "<mark>client</mark>" in page and "Hidden" not in page
    assert text_of(reader.get("/knowledge/?topic=999&page=x")).count(EN_WORDS["title"]) >= 1
    assert article.pk


def test_a_reader_says_why_it_did_not_help(cast, as_user):
    article = published(cast)
    here = f"/knowledge/{article.pk}/feedback/"
    reader = as_user(cast.requester)
    assert reader.post(here, {"is_helpful": "1"})["Location"].endswith("#feedback")
    assert "You said that it helped" in text_of(reader.get(f"/knowledge/{article.pk}/"))
    refused = reader.post(here, {"is_helpful": "0", "words": "my own words"})
    assert refused.status_code == 422
    assert "Say why it didn&#x27;t help." in text_of(refused) and "my own words" in text_of(refused)
    reader.post(here, {"is_helpful": "0", "reason": "unclear", "words": "Which button?"})
    assert ArticleFeedback.objects.get().reason == "unclear"
    assert "Which button?" in text_of(as_user(cast.agent).get(f"/knowledge/{article.pk}/"))
    assert "Which button?" not in text_of(as_user(cast.requester2).get(f"/knowledge/{article.pk}/"))


def test_what_was_typed_is_kept_when_somebody_else_was_faster(cast, as_user):
    article = write(cast.agent)
    seen = article.version
    save(article, cast.agent2, {"en": {"title": "By the other"}})
    agent = as_user(cast.agent)
    conflict = agent.post(
        f"/knowledge/{article.pk}/edit/",
        # Browsers end lines so.
        typed(cast, version=seen, en_title="My own title", zh_solution=ZH_WORDS["solution"].replace("\n", "\r\n")),
    )
    page = text_of(conflict)
    assert conflict.status_code == 409
    assert "By the other" in page and 'value="My own title"' in page
    assert re.findall("<summary>([^<]*)</summary>", page) == [
        "Title · English · you wrote something else, which stays below"
    ]
    article.refresh_from_db()
    assert f'name="version" value="{article.version}"' in page


def test_the_preview_saves_nothing_and_keeps_the_text(cast, as_user):
    agent = as_user(cast.agent)
    page = text_of(agent.post("/knowledge/new/", typed(cast, act="preview", en_solution="**Bold** step")))
    assert "<strong>Bold</strong>" in page and "**Bold** step" in page
    assert not Article.objects.exists()
    part = text_of(agent.post("/knowledge/new/", typed(cast, act="preview"), headers={"HX-Request": "true"}))
    assert "<form" not in part and "<ol>" in part


def test_personal_data_is_shown_and_wants_a_tick(cast, as_user):
    article = write(cast.agent, {"en": {"title": "Call us", "solution": "Call 13812345678."}})
    assert "13812345678</mark>" in text_of(as_user(cast.agent).get(f"/knowledge/{article.pk}/edit/"))
    send(article, cast.agent)
    article.refresh_from_db()
    lead = as_user(cast.lead)
    refused = lead.post(f"/knowledge/{article.pk}/publish/", {"version": article.version})
    assert refused.status_code == 422 and "personal data" in text_of(refused)
    ticked = {"version": article.version, "is_personal_checked": "on"}
    assert lead.post(f"/knowledge/{article.pk}/publish/", ticked).status_code == 303


def test_acts_have_pages_of_their_own(cast, as_user):
    article = published(cast)
    lead, other = as_user(cast.lead), as_user(cast.agent2)
    retire = f"/knowledge/{article.pk}/act/retire/"
    assert "data-dialog-content" in text_of(lead.get(retire))
    assert lead.post(retire, {"version": article.version, "reason": " "}).status_code == 422
    assert other.post(retire, {"version": article.version, "reason": "Old"}).status_code == 403
    assert lead.post(retire, {"version": article.version, "reason": "Old"}).status_code == 303
    assert lead.post(retire, {"version": article.version, "reason": "Old"}).status_code == 409
    assert as_user(cast.requester).get(f"/knowledge/{article.pk}/").status_code == 404
    assert "This article is retired" in text_of(other.get(f"/knowledge/{article.pk}/"))
    assert lead.get(f"/knowledge/{article.pk}/act/nonsense/").status_code == 404
    article.refresh_from_db()
    assert lead.post(f"/knowledge/{article.pk}/act/restore/", {"version": article.version}).status_code == 303


def test_the_lists_of_the_desk(cast, as_user):
    published(cast, {"en": EN_WORDS})
    waiting = write(cast.agent2, {"en": {"title": "Waiting one", "solution": "x"}})
    send(waiting, cast.agent2)
    write(cast.agent, {"en": {"title": "Drafted one"}})
    Article.objects.filter(published_at__isnull=False).update(review_on=timezone.localdate())
    agent = as_user(cast.agent)
    for tab, shown in {
        "mine": "Drafted one",
        "review": "Waiting one",
        "due": EN_WORDS["title"],
        "translation": "There is no Chinese text",
        "drafts": "Drafted one",
        "all": "Waiting one",
        "nonsense": "Drafted one",
    }.items():
        assert shown in text_of(agent.get(f"/knowledge/manage/?tab={tab}")), tab
    assert "There is nothing in this list." in text_of(agent.get("/knowledge/manage/?tab=retired"))


def test_versions_are_compared_word_by_word(cast, as_user):
    article = published(cast)
    save(
        article,
        cast.agent2,
        {"en": {"solution": "1. Quit the new client\n2. Sign in again"}, "zh-hans": {"title": "VPN 无法连接"}},
    )
    send(article, cast.agent2)
    publish(article, cast.lead)
    page = text_of(as_user(cast.agent).get(f"/knowledge/{article.pk}/compare/"))
    assert "<ins>new </ins>" in page and "<ins>无法</ins>连" in page
    page = text_of(as_user(cast.agent).get(f"/knowledge/{article.pk}/compare/?a=2&b=2"))
    assert "The words are the same." in page
    assert "Quit the client" in text_of(as_user(cast.agent).get(f"/knowledge/{article.pk}/?version=1"))
    assert "Quit the new client" in text_of(as_user(cast.requester).get(f"/knowledge/{article.pk}/?version=1"))


def test_files_are_for_those_who_read_the_article(cast, as_user):
    article = published(cast)
    agent, reader = as_user(cast.agent), as_user(cast.requester)
    assert agent.post(f"/knowledge/{article.pk}/files/", {"files": picture()}).status_code == 303
    row = ArticleFile.objects.get()
    assert row.snippet in text_of(agent.get(f"/knowledge/{article.pk}/edit/"))
    assert reader.get(row.path).status_code == 404
    shown = agent.get(row.path)
    assert shown.status_code == 200 and "attachment" not in shown.get("Content-Disposition", "")
    assert shown["Content-Security-Policy"] == "sandbox; default-src 'none'"
    save(article, cast.agent, {"en": {"cause": row.snippet}})
    send(article, cast.agent)
    publish(article, cast.lead)
    assert reader.get(row.path).status_code == 200
    assert f'src="{row.path}"' in text_of(reader.get(f"/knowledge/{article.pk}/"))
    assert agent.post(f"/knowledge/{article.pk}/files/{row.uuid}/remove/").status_code == 409
    html = agent.post(f"/knowledge/{article.pk}/files/", {"files": picture("evil.svg")}, headers={"HX-Request": "true"})
    assert html.status_code == 422 and "evil.svg" in text_of(html)
    again = add_file(article_id=article.pk, upload=picture(), actor=cast.agent, at=timezone.now())
    assert again == row


def test_adding_a_file_without_script_keeps_what_was_typed(cast, as_user):
    article = published(cast)
    agent = as_user(cast.agent)
    unsaved = typed(cast, en_solution="Not saved yet", version=str(article.version))
    shown = agent.post(f"/knowledge/{article.pk}/files/", {**unsaved, "files": picture()})
    row = ArticleFile.objects.get()
    assert shown.status_code == 200 and "Not saved yet" in text_of(shown) and row.snippet in text_of(shown)
    refused = agent.post(f"/knowledge/{article.pk}/files/", {**unsaved, "files": picture("evil.svg")})
    assert "Not saved yet" in text_of(refused) and "evil.svg" in text_of(refused)
    removed = agent.post(f"/knowledge/{article.pk}/files/{row.uuid}/remove/", unsaved)
    assert "Not saved yet" in text_of(removed) and not ArticleFile.objects.exists()


def test_personal_data_is_marked_at_the_field_in_which_it_stands(cast, as_user):
    article = published(cast)
    unsaved = typed(cast, zh_solution="打电话 13812345678 给我", version=str(article.version), act="preview")
    page = text_of(as_user(cast.agent).post(f"/knowledge/{article.pk}/edit/", unsaved))
    assert 'href="#id_zh_solution" data-mark="13812345678"' in page and "<mark>13812345678</mark>" in page
    assert "1 place looks like personal data" in page


def test_requesters_find_no_door_to_the_desks_pages(cast, as_user):
    article = published(cast)
    reader = as_user(cast.requester)
    here = f"/knowledge/{article.pk}/"
    for path in (
        "/knowledge/manage/",
        "/knowledge/new/",
        f"{here}edit/",
        f"{here}review/",
        f"{here}compare/",
        f"{here}act/retire/",
    ):
        assert reader.get(path).status_code == 404, path
    for path in (f"{here}publish/", f"{here}files/"):
        assert reader.post(path).status_code == 404, path
    assert reader.get("/knowledge/99999999999999999999/").status_code == 404
    assert as_user(cast.agent).get("/knowledge/import/").status_code == 403


def test_the_editor_says_at_the_field_what_is_wrong(cast, as_user):
    agent = as_user(cast.agent)
    refused = agent.post("/knowledge/new/", typed(cast, en_title="", audience="team", applies_to="x" * 121))
    page = text_of(refused)
    assert refused.status_code == 422
    assert "Give this text a title." in page
    refused = agent.post("/knowledge/new/", typed(cast, audience="team", team=""))
    assert "Choose the team that may read it." in text_of(refused)
    assert Team.objects.exists() and not Article.objects.exists()
