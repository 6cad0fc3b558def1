"""Files through their one route, in and out."""

from __future__ import annotations

import uuid

import pytest

from tests.cast import Cast
from tests.factories import make_ticket, reply
from tests.portal.conftest import Browse
from tests.portal.reading import PNG, image, number_of, report, text_of
from tickets.models import Attachment
from tickets.services import files

JSON = {"accept": "application/json"}


def test_a_file_comes_back_as_a_download_that_nothing_can_run(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    ticket = make_ticket(cast.requester)
    client.post(f"/tickets/{ticket.number}/reply/", {"version": 1, "body": "See", "files": [image("截图 1.png")]})
    stored = Attachment.objects.get()
    response = client.get(f"/files/{stored.uuid}")
    assert b"".join(response.streaming_content) == PNG
    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "filename*=utf-8''%E6%88%AA%E5%9B%BE%201.png" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]


def test_a_file_belongs_to_those_who_see_its_ticket(cast: Cast, browse: Browse) -> None:
    number = number_of(report(browse(cast.requester), files=[image()]))
    stored = Attachment.objects.get()
    assert stored.ticket is not None and stored.ticket.number == number
    for person, status in ((cast.requester, 200), (cast.agent, 200), (cast.requester2, 404), (cast.colleague, 404)):
        assert browse(person).get(f"/files/{stored.uuid}").status_code == status
    assert browse(cast.requester2).get(f"/files/{uuid.uuid4()}").status_code == 404
    assert browse(None).get(f"/files/{stored.uuid}").status_code == 302


def test_a_script_uploads_one_file_and_learns_its_id(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    answer = client.post("/files/", {"file": image("a.png")}, headers=JSON)
    assert answer.status_code == 201
    stored = Attachment.objects.get()
    assert answer.json() == {"id": str(stored.uuid), "name": "a.png", "size": len(PNG)}
    assert browse(cast.colleague).get(f"/files/{stored.uuid}").status_code == 404, "not sent yet, so nobody else's"
    number = number_of(report(client, attachments=[answer.json()["id"]]))
    stored.refresh_from_db()
    assert stored.ticket is not None and stored.ticket.number == number


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<html><script>alert(1)</script>"),
        ("drawing.svg", b"<svg onload=alert(1)>"),
        ("page.png", b"<html><script>alert(1)</script>"),
        ("notes.txt", b"<script>alert(1)</script>"),
        ("notes.txt", b"a\x00b"),
        ("setup.exe", b"MZ\x90\x00"),
        ("noextension", b"hello"),
        ("archive.docx", PNG),
        ("empty.txt", b""),
    ],
)
def test_files_of_other_types_are_refused_with_a_sentence(
    cast: Cast, browse: Browse, name: str, content: bytes
) -> None:
    client = browse(cast.requester)
    answer = client.post("/files/", {"file": image(name, content)}, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]
    form = report(client, description="Kept words", files=[image(name, content), image("good.png")])
    assert form.status_code == 422
    assert "Kept words" in text_of(form) and "good.png" in text_of(form)
    assert list(Attachment.objects.values_list("name", flat=True)) == ["good.png"]


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.png",
        "..\\..\\boot.png",
        "/etc/shadow.png",
        "a\nb.png",
        "x\u202egnp.png",
        "C:\\x.png",
        "a" * 300 + ".png",
    ],
)
def test_names_that_are_paths_or_hide_something_become_harmless(cast: Cast, browse: Browse, name: str) -> None:
    answer = browse(cast.requester).post("/files/", {"file": image(name)}, headers=JSON)
    assert answer.status_code == 201
    stored = Attachment.objects.get()
    assert not set(stored.name) & set("/\\\n\u202e:") and ".." not in stored.name
    assert len(stored.name) <= 150


def test_a_file_beyond_the_limit_is_refused(cast: Cast, browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    client = browse(cast.requester)
    answer = client.post("/files/", {"file": image()}, headers=JSON)
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"
    assert report(client, files=[image()]).status_code == 422
    assert not Attachment.objects.exists()


def test_an_upload_without_a_file_is_refused(cast: Cast, browse: Browse) -> None:
    assert browse(cast.requester).post("/files/", {}, headers=JSON).status_code == 400
    assert browse(cast.requester).get("/files/").status_code == 405


def test_only_ones_own_unsent_files_can_be_sent(cast: Cast, browse: Browse) -> None:
    foreign = browse(cast.colleague).post("/files/", {"file": image()}, headers=JSON).json()["id"]
    for given in (foreign, str(uuid.uuid4()), "nonsense", "\x00"):
        response = report(browse(cast.requester), attachments=[given])
        assert response.status_code == 422
        assert "screen.png" not in text_of(response)
    assert Attachment.objects.get().ticket is None


def test_an_unsent_file_can_be_discarded_by_its_owner_only(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    given = client.post("/files/", {"file": image()}, headers=JSON).json()["id"]
    assert browse(cast.colleague).post(f"/files/{given}/discard", headers=JSON).status_code == 204
    assert Attachment.objects.count() == 1
    assert client.post(f"/files/{given}/discard", headers=JSON).status_code == 204
    assert not Attachment.objects.exists()


def test_a_sent_file_cannot_be_discarded(cast: Cast, browse: Browse) -> None:
    client = browse(cast.requester)
    given = client.post("/files/", {"file": image()}, headers=JSON).json()["id"]
    reply(make_ticket(cast.requester), cast.requester, "See", attachments=[given])
    client.post(f"/files/{given}/discard", headers=JSON)
    assert Attachment.objects.get().ticket is not None
