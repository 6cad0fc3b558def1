"""Importing and exporting assets over the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assets.models import Asset, ImportJob
from tests.api.client import V1, refusal
from tests.assets.acts import make_asset
from tests.assets.imports import as_csv
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PATH = f"{V1}assets/imports/"


@pytest.fixture
def agent(cast: Cast, client: Client) -> Client:
    client.force_login(cast.agent)
    return client


def send(client: Client, data: bytes, **fields: str) -> Any:
    return client.post(PATH, {"file": SimpleUploadedFile("list.csv", data), **fields})


def test_a_table_is_checked_and_then_written(cast: Cast, agent: Client) -> None:
    mapping = {"Nr": "tag", "Art": "type"}
    answer = send(agent, as_csv(["Nr", "Art"], ["PC-1", "laptop"]), mapping=json.dumps(mapping))
    job = answer.json()
    assert (answer.status_code, job["state"], job["created"], job["mapping"]) == (201, "checked", 1, mapping)
    assert (job["errors"], job["actor"]["username"]) == ([], "agent")
    answer = agent.post(f"{PATH}{job['id']}/write/", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    assert Asset.objects.get().tag == "PC-1"
    again = agent.post(f"{PATH}{job['id']}/write/", "{}", content_type="application/json")
    assert refusal(again)[:2] == (409, "wrong_state")
    line = agent.get(PATH).json()["results"][0]
    assert (line["id"], line["state"]) == (job["id"], "done")
    assert agent.get(f"{PATH}{job['id']}/").json() == answer.json()


def test_the_first_changes_are_told(cast: Cast, agent: Client) -> None:
    make_asset(cast.agent, tag="PC-1", notes="old")
    job = send(agent, as_csv(["tag", "type", "notes"], ["PC-1", "laptop", "new"], ["PC-2", "printer", ""])).json()
    changed, new = job["changes"]
    assert (changed["row"], changed["tag"], changed["is_new"]) == (2, "PC-1", False)
    assert [{**change, "label": ""} for change in changed["changes"]] == [
        {"field": "notes", "label": "", "before": "old", "after": "new"}
    ]
    assert (new["row"], new["tag"], new["is_new"]) == (3, "PC-2", True)
    assert [change["field"] for change in new["changes"]] == ["type", "state"]
    agent.post(f"{PATH}{job['id']}/write/", "{}", content_type="application/json")
    assert agent.get(f"{PATH}{job['id']}/").json()["changes"] == job["changes"]


def test_errors_name_row_and_column(cast: Cast, agent: Client) -> None:
    job = send(agent, as_csv(["tag", "type"], ["PC-1", "Toaster"])).json()
    assert (job["state"], job["error_count"]) == ("refused", 1)
    assert {key: job["errors"][0][key] for key in ("row", "column", "value")} == {
        "row": 2,
        "column": "type",
        "value": "Toaster",
    }
    answer = agent.post(f"{PATH}{job['id']}/write/", "{}", content_type="application/json")
    assert refusal(answer)[:2] == (409, "has_errors")


@pytest.mark.parametrize(
    ("data", "fields", "wrong"),
    [
        (b"", {}, "file"),
        (b"%PDF-1.7", {}, "file"),
        (b"a,b\n1,2\n", {}, "mapping"),
        (b"tag\n1\n", {"mapping": "tag"}, "mapping"),
        (b"tag\n1\n", {"mapping": "[1]"}, "mapping"),
        (b"tag\n1\n", {"mapping": '{"tag": 1}'}, "mapping"),
        (b"tag\n1\n", {"more": "x"}, "more"),
    ],
)
def test_what_cant_be_read_leaves_nothing_behind(
    cast: Cast, agent: Client, data: bytes, fields: dict[str, str], wrong: str
) -> None:
    status, code, said = refusal(send(agent, data, **fields))
    assert (status, code, list(said)) == (400, "invalid", [wrong])
    assert not ImportJob.objects.exists()


def test_the_export_is_a_table_under_the_filters(cast: Cast, agent: Client) -> None:
    make_asset(cast.agent, tag="PC-1")
    make_asset(cast.agent, tag="PR-1", type="printer")
    answer = agent.get(f"{V1}assets/export/?type=printer&format=csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == ["PR-1"]
    assert agent.get(f"{V1}assets/export/?format=xlsx").status_code == 200
    assert refusal(agent.get(f"{V1}assets/export/?format=pdf"))[0] == 400
    assert refusal(agent.get(f"{V1}assets/export/?state=flying"))[2].keys() == {"state"}
    assert refusal(agent.get(f"{V1}assets/export/?colour=x"))[2].keys() == {"colour"}


def test_the_list_has_a_query_budget(cast: Cast, agent: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        send(agent, as_csv(["tag"], [f"PC-{number}"]))
    with django_assert_max_num_queries(6):
        assert len(agent.get(PATH).json()["results"]) == 5
