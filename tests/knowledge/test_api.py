"""Articles over the API: the same rules as on the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from helpdesk.accounts.models import Team
from knowledge.models import Article, ArticleFile, Topic
from tests.api.client import Api, refusal
from tests.knowledge.acts import BOTH, EN_WORDS, PNG, picture, published, send, write
from tests.knowledge.test_exchange import text_file, zipped

pytestmark = pytest.mark.django_db


def send_form(client: Api, path: str, **values: Any) -> HttpResponse:
    return client.post(path, encode_multipart(BOUNDARY, values), Content_Type=MULTIPART_CONTENT)


def test_an_article_from_its_draft_to_its_end(cast, api):
    agent, lead, reader = api(cast.agent), api(cast.lead), api(cast.requester)
    body = {"texts": BOTH, "applies_to": ["VPN 5"], "note": "First"}
    made = agent.post("articles/", body, Idempotency_Key="one")
    assert made.status_code == 201, made.content
    assert agent.post("articles/", body, Idempotency_Key="one").json() == made.json()
    assert Article.objects.count() == 1
    article = made.json()
    own = f"articles/{article['id']}/"
    assert (article["state"], article["open_version"], article["applies_to"]) == ("draft", 1, ["VPN 5"])
    assert refusal(reader.get(own)) == (404, "not_found", {})

    changed = agent.patch(own, {"version": article["version"], "texts": {"en": {"advice": "Keep it."}}}).json()
    assert changed["texts"]["en"]["advice"] == "Keep it." and changed["texts"]["en"]["title"] == EN_WORDS["title"]
    stale = agent.patch(own, {"version": 999, "texts": {"en": {"advice": "x"}}})
    assert refusal(stale)[:2] == (409, "stale_version")
    sent = agent.post(own + "transitions/", {"command": "send", "version": changed["version"]}).json()
    assert sent["version_state"] == "review"
    refused = agent.post(own + "transitions/", {"command": "publish", "version": sent["version"]})
    assert refusal(refused) == (403, "not_allowed", {})
    done = lead.post(own + "transitions/", {"command": "publish", "version": sent["version"]}).json()
    assert (done["state"], done["open_version"], done["translation"]) == ("published", None, "current")
    seen = reader.get(own).json()
    assert "<ol>" in seen["html"] and seen["owner"]["username"] is None
    assert [row["id"] for row in reader.get("articles/?q=client").json()["results"]] == [article["id"]]
    assert reader.get("articles/?state=draft").json()["results"] == []

    said = reader.post(own + "feedback/", {"is_helpful": False, "reason": "unclear", "words": "Which?"})
    assert (said.status_code, said.json()["reason"]) == (201, "unclear")
    assert len(agent.get(own + "feedback/").json()["results"]) == 1
    assert agent.get(own + "versions/").json()["results"][0]["state"] == "published"
    assert reader.get(own + "versions/").status_code == 403
    retired = lead.post(own + "transitions/", {"command": "retire", "version": done["version"], "reason": "Old"})
    assert retired.json()["state"] == "retired"
    assert reader.get("articles/").json()["results"] == []


def test_what_is_wrong_is_named(cast, api):
    agent = api(cast.agent)
    assert agent.post("articles/", {"texts": {"en": {"title": ""}}}).json()["fields"] == {
        "texts.zh-hans.title": ["Write a title in at least one language."]
    }
    wrong = agent.post("articles/", {"texts": BOTH, "topics": [999], "nonsense": 1})
    assert wrong.status_code == 400 and "nonsense" in wrong.json()["fields"]
    assert agent.post("articles/", {"texts": BOTH, "topics": [999]}).json()["fields"].keys() == {"topics"}
    assert api(cast.requester).post("articles/", {"texts": BOTH}).status_code == 403
    for query in ("state=x", "audience=x", "topic=x", "nonsense=1"):
        assert agent.get(f"articles/?{query}").status_code == 400, query
    article = published(cast)
    own = f"articles/{article.pk}/transitions/"
    wrong = agent.post(own, {"command": "restore", "version": article.version, "reason": "x"})
    assert wrong.json()["fields"].keys() == {"reason"}
    assert refusal(agent.post(own, {"command": "restore", "version": article.version})) == (409, "not_retired", {})


def test_a_team_article_is_hidden_from_other_teams(cast, api):
    article = write(cast.agent2, audience="team", team=cast.applications)
    assert api(cast.agent).get(f"articles/{article.pk}/").status_code == 404
    assert api(cast.agent2).get(f"articles/{article.pk}/").status_code == 200
    assert api(cast.agent).get("articles/").json()["results"] == []


def test_a_longer_list_takes_no_more_queries(cast, api):
    agent = api(cast.agent)
    agent.get("articles/")  # what is looked up once per process
    counts = []
    for _round in range(2):
        for _number in range(3):
            published(cast)
        with CaptureQueriesContext(connection) as captured:
            assert agent.get("articles/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_topics_have_a_list_with_their_ids(cast, api):
    retired = Topic.objects.first()
    Topic.objects.filter(pk=retired.pk).update(is_retired=True)
    names = {row["id"]: row["name"] for row in api(cast.requester).get("articles/topics/").json()["results"]}
    assert list(names) == [topic.pk for topic in Topic.objects.on_offer()]
    first = api(cast.agent).get("articles/topics/").json()["results"][0]
    assert (first["id"], first["is_retired"]) == (retired.pk, True)


def test_what_is_to_be_done_has_lists(cast, api):
    waiting, drafted = write(cast.agent2), write(cast.agent)
    send(waiting, cast.agent2)
    single = published(cast, {"en": EN_WORDS})
    Article.objects.filter(pk=single.pk).update(review_on="2026-01-01")
    agent = api(cast.agent)
    expected = {
        "mine": {drafted.pk, single.pk},
        "review": {waiting.pk},
        "due": {single.pk},
        "translation": {single.pk},
        "drafts": {drafted.pk},
    }
    for code, ids in expected.items():
        assert {row["id"] for row in agent.get(f"articles/?list={code}").json()["results"]} == ids, code
    assert agent.get("articles/?list=nonsense").json()["fields"].keys() == {"list"}
    assert api(cast.requester).get("articles/?list=due").status_code == 403


def test_files_are_read_removed_and_withdrawn_by_token(cast, api):
    article, other = write(cast.agent), write(cast.agent)
    agent, reader = api(cast.agent), api(cast.requester)
    own = f"articles/{article.pk}/files/"
    made = [send_form(agent, own, file=picture(name)).json()["uuid"] for name in ("a.png", "b.png")]
    answer = agent.get(f"{own}{made[0]}/")
    assert b"".join(answer.streaming_content) == PNG and answer["X-Content-Type-Options"] == "nosniff"
    assert agent.get(f"articles/{other.pk}/files/{made[0]}/").status_code == 404
    assert refusal(agent.post(f"{own}{made[0]}/withdraw/", {}))[:2] == (409, "file_not_published")
    assert agent("DELETE", f"{own}{made[1]}/").status_code == 204
    assert ArticleFile.objects.count() == 1
    sent = send(article, cast.agent)
    assert refusal(agent("DELETE", f"{own}{made[0]}/"))[:2] == (409, "in_review")
    published_by_lead = {"command": "publish", "version": sent.version}
    api(cast.lead).post(f"articles/{article.pk}/transitions/", published_by_lead)
    assert reader.get(f"{own}{made[0]}/").status_code == 200
    assert reader("DELETE", f"{own}{made[0]}/").status_code == 403
    assert refusal(api(cast.agent2).post(f"{own}{made[0]}/withdraw/", {}))[0] == 403
    assert agent.post(f"{own}{made[0]}/withdraw/", {}).json()["withdrawn_at"] is not None
    assert reader.get(f"{own}{made[0]}/").status_code == 404
    assert reader.get(own).json()["results"] == []


def test_a_change_may_name_the_retired_topic_and_team_that_an_article_has(cast, api):
    topic = Topic.objects.first()
    article = write(cast.agent, audience="team", team=cast.first_line, topics=[topic])
    Topic.objects.update(is_retired=True)
    Team.objects.update(is_retired=True)
    body = {"version": article.version, "topics": [topic.pk], "team": cast.first_line.pk, "applies_to": ["X1"]}
    assert api(cast.agent).patch(f"articles/{article.pk}/", body).json()["applies_to"] == ["X1"]
    other = Topic.objects.exclude(pk=topic.pk).first()
    refused = api(cast.agent).patch(f"articles/{article.pk}/", {"version": article.version + 1, "topics": [other.pk]})
    assert refused.json()["fields"].keys() == {"topics"}


def test_administrators_bring_and_take_all_articles(cast, api):
    admin = api(cast.admin)

    def archive(**files: bytes) -> SimpleUploadedFile:
        return SimpleUploadedFile("a.zip", zipped(**files).read(), "application/zip")

    made = send_form(admin, "articles/import/", file=archive(**{"a.en.md": text_file()}), publish="true")
    assert (made.status_code, made.json()) == (
        201,
        {"created": 1, "updated": 0, "unchanged": 0, "published": 1, "held": []},
    )
    taken = b"".join(admin.get("articles/export/").streaming_content)
    again = SimpleUploadedFile("b.zip", taken, "application/zip")
    assert send_form(admin, "articles/import/", file=again).json()["unchanged"] == 1
    wrong = send_form(admin, "articles/import/", file=archive(**{"b.en.md": b"x"}))
    assert wrong.json()["fields"]["file"][0].startswith("b.en.md, line 1: ")
    assert api(cast.lead).get("articles/export/").status_code == 403
    assert send_form(api(cast.lead), "articles/import/", file=again).status_code == 403
