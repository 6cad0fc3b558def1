"""The pages of the import and the export, as plain HTML."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import strip_tags

from assets.models import Asset, AssetAttribute, ImportJob
from assets.services.importing import jobs
from assets.services.importing.running import run_import
from tests.assets.acts import at, handed_out, make_asset
from tests.assets.imports import as_csv, checked, uploaded
from tests.cast import Cast

pytestmark = pytest.mark.django_db
LIST = "/assets/import/"


@pytest.fixture
def agent(cast: Cast, client: Client) -> Client:
    cast.agent.language = "en"
    cast.agent.save()
    client.force_login(cast.agent)
    return client


def send(client: Client, data: bytes, name: str = "list.csv") -> Any:
    return client.post(LIST, {"file": SimpleUploadedFile(name, data)}, follow=True)


def test_from_the_file_to_the_register(cast: Cast, agent: Client) -> None:
    page = send(agent, as_csv(["资产编号", "类型", "什么"], ["PC-1", "笔记本电脑", "?"], encoding="gbk"))
    job = ImportJob.objects.get()
    assert page.redirect_chain == [(f"{LIST}{job.pk}/", 303)]
    assert "笔记本电脑" in page.content.decode()
    page = agent.post(f"{LIST}{job.pk}/columns/", {"column-0": "tag", "column-1": "type"}, follow=True)
    text = page.content.decode()
    assert "Write 1 asset" in text
    assert "什么" in text
    assert not Asset.objects.exists()
    page = agent.post(f"{LIST}{job.pk}/write/", follow=True)
    assert "1 new, 0 changed, 0 unchanged" in page.content.decode()
    assert Asset.objects.get().tag == "PC-1"
    assert "list.csv" in agent.get(LIST).content.decode()
    # A second click finds what the first one did.
    again = agent.post(f"{LIST}{job.pk}/write/", follow=True)
    assert again.redirect_chain == [(f"{LIST}{job.pk}/", 303)]
    assert "1 new, 0 changed, 0 unchanged" in again.content.decode()


def test_errors_are_shown_and_come_as_a_file(cast: Cast, agent: Client) -> None:
    send(agent, as_csv(["tag", "type"], ["PC-1", "=Toaster"], ["PC-2", "Toaster"]))
    job = ImportJob.objects.get()
    page = agent.post(f"{LIST}{job.pk}/columns/", {"column-0": "tag", "column-1": "type"}, follow=True)
    assert "2 errors were found" in page.content.decode()
    answer = agent.get(f"{LIST}{job.pk}/errors/")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[1].startswith("2,type,'=Toaster,")
    assert lines[2].startswith("3,type,Toaster,")


def test_a_wrong_mapping_is_explained_and_kept(cast: Cast, agent: Client) -> None:
    job = uploaded(cast.agent, as_csv(["a", "b"], ["PC-1", "laptop"]))
    page = agent.post(f"{LIST}{job.pk}/columns/", {"column-0": "type", "column-1": "type"})
    assert page.status_code == 422
    assert "assigned to two columns" in page.content.decode()
    page = agent.post(f"{LIST}{job.pk}/columns/", {"column-0": "type"})
    assert "Say which column holds the asset tag" in page.content.decode()
    assert '<option value="type" selected>' in page.content.decode()


@pytest.mark.parametrize(("data", "name"), [(b"", "x.csv"), (b"\xd0\xcf\x11\xe0", "x.xls"), (b"tag\n", "x.csv")])
def test_what_is_no_table_is_refused_on_the_form(cast: Cast, agent: Client, data: bytes, name: str) -> None:
    page = send(agent, data, name)
    assert (page.status_code, ImportJob.objects.count()) == (422, 0)
    assert 'role="alert"' in page.content.decode()


def test_a_running_import_is_polled(cast: Cast, agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SMALL", 0)
    job = uploaded(cast.agent, as_csv(["tag", "type"], ["PC-1", "laptop"]))
    page = agent.post(f"{LIST}{job.pk}/columns/", {"column-0": "tag", "column-1": "type"}, follow=True)
    assert 'hx-trigger="ui:poll"' in page.content.decode()
    assert agent.post(f"{LIST}{job.pk}/columns/", {"column-0": "tag"}).status_code == 409


def test_requesters_find_nothing_here(cast: Cast, client: Client) -> None:
    job = uploaded(cast.agent, as_csv(["tag"], ["PC-1"]))
    client.force_login(cast.requester)
    for path in (LIST, f"{LIST}{job.pk}/", f"{LIST}{job.pk}/errors/", "/assets/export/", f"{LIST}template/"):
        assert client.get(path).status_code == 404
    assert client.post(f"{LIST}{job.pk}/write/").status_code == 404


def test_the_export_follows_the_filters(cast: Cast, agent: Client) -> None:
    handed_out(cast.agent, cast.requester, tag="PC-1", name="=1+1")
    make_asset(cast.agent, tag="PC-2")
    answer = agent.get("/assets/export/?state=in_use")
    assert answer["Content-Disposition"].endswith('.csv"')
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "PC-1,Laptop,'=1+1," in text
    assert "PC-2" not in text
    answer = agent.get("/assets/export/?format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert [sheet.cell(row, 1).value for row in (1, 2, 3)] == ["Asset tag", "PC-1", "PC-2"]
    assert agent.get("/assets/export/?format=pdf").status_code == 400


def test_a_download_speaks_one_language_to_its_end(cast: Cast, agent: Client) -> None:
    make_asset(cast.agent, tag="PC-1", attributes={"system": "linux"})
    make_asset(cast.agent, tag="PR-1", type="printer", attributes={"colour": True})
    AssetAttribute.objects.filter(code="system").update(choices="windows | 视窗 | Windows\nlinux | 林纳克斯 | Linux")
    text = b"".join(agent.get("/assets/export/").streaming_content).decode("utf-8-sig")
    assert ",Linux" in text
    assert ",Yes" in text
    assert "林纳克斯" not in text


def test_how_many_are_being_written_is_said(cast: Cast, agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SMALL", 0)
    job = uploaded(cast.agent, as_csv(["tag", "type"], ["PC-1", "laptop"], ["PC-2", "laptop"]))
    agent.post(f"{LIST}{job.pk}/columns/", {"column-0": "tag", "column-1": "type"})
    run_import(job_id=job.pk, at=at())
    page = agent.post(f"{LIST}{job.pk}/write/", follow=True).content.decode()
    assert "2 assets are being written." in page


def test_the_template_has_every_column(cast: Cast, agent: Client) -> None:
    text = b"".join(agent.get(f"{LIST}template/").streaming_content).decode("utf-8-sig")
    assert text.startswith("Asset tag,Type,Name,")
    assert "Memory (GB)" in text


def test_the_first_changes_are_shown_before_anything_is_written(cast: Cast, agent: Client) -> None:
    handed_out(
        cast.agent,
        cast.requester,
        tag="PC-1",
        notes="old",
        attributes={"system": "linux"},
        warranty_until_on=at().date(),
    )
    make_asset(cast.agent, tag="PC-2", name="same")
    columns = ["tag", "type", "name", "user", "notes", "system", "warranty"]
    lines = [
        ["PC-1", "laptop", "", "colleague", "<b>new", "windows", "2029-03-01"],
        ["PC-2", "laptop", "same", "", "", "", ""],
        ["PC-3", "monitor", "Screen", "", "", "", ""],
        *([f"PC-{number + 900}", "laptop", "", "", "", "", ""] for number in range(60)),
    ]
    job = checked(cast.agent, as_csv(columns, *lines))
    page = agent.get(f"{LIST}{job.pk}/").content.decode()
    text = " ".join(strip_tags(page.replace("<", " <")).split())
    assert "2 PC-1 Changed" in text
    assert "Used by: 王敏 → changed to 周航" in text
    assert "Warranty until: 2026-11-23 → changed to 2029-03-01" in text
    assert "Notes: old → changed to &lt;b&gt;new" in text
    assert "Operating system: Linux → changed to Windows" in text
    assert "PC-2" not in text
    assert "4 PC-3 New Type: — → changed to Monitor Name: — → changed to Screen" in text
    assert "State: — → changed to In stock" in text
    assert len(job.changes) == 50
    assert "And 12 more." in text
    cast.agent.language = "zh-hans"
    cast.agent.save()
    assert "显示器" in agent.get(f"{LIST}{job.pk}/").content.decode()


def test_the_changes_of_a_file_with_errors_are_not_shown(cast: Cast, agent: Client) -> None:
    job = checked(cast.agent, as_csv(["tag", "type"], ["PC-1", "laptop"], ["PC-2", "Toaster"]))
    assert (job.changes, job.error_count) == ([], 1)
    assert "PC-1" not in agent.get(f"{LIST}{job.pk}/").content.decode()
