"""Articles over the API: the same rules as on the pages."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from knowledge.models import Article
from tests.api.client import refusal
from tests.knowledge.acts import BOTH, EN_WORDS, published, write

pytestmark = pytest.mark.django_db


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
