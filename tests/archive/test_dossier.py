"""The dossier: everything in one file, and a script of its own that finds what was altered."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from tests.archive.conftest import full_ticket
from tests.cast import Cast
from tests.factories import make_ticket
from tickets.models import Ticket
from tickets.services import audit
from tickets.services.erasing.holds import hold_ticket
from tickets.services.erasing.tickets import erase_ticket
from tickets.verify_dossier import digest

AsUser = Callable[..., Client]


@pytest.fixture
def unpack(cast: Cast, as_user: AsUser, tmp_path: Path) -> Callable[[Ticket], Path]:
    """Download a ticket's dossier as an agent does, and unpack it."""

    def get(ticket: Ticket) -> Path:
        response = as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/dossier.zip")
        assert response["Content-Disposition"] == f'attachment; filename="ticket-{ticket.number}.zip"'
        packed = tmp_path / "dossier.zip"
        packed.write_bytes(b"".join(response.streaming_content))  # type: ignore[attr-defined]
        with ZipFile(packed) as archive:
            archive.extractall(tmp_path)
        return tmp_path

    return get


def check(folder: Path, *options: str) -> tuple[int, str]:
    """Run the script that came with the dossier, as somebody without the help desk would."""
    command = [sys.executable, "-I", "verify_dossier.py", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip() or done.stderr.strip()


def alter(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "dossier.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def of_code(data: dict[str, Any], code: str) -> dict[str, Any]:
    return next(event for event in data["events"] if event["facts"]["code"] == code)


def test_an_untouched_dossier_passes_with_all_its_files(cast: Cast, unpack: Callable[[Ticket], Path]) -> None:
    folder = unpack(full_ticket(cast))
    code, said = check(folder)
    assert (code, said.split(":")[0]) == (0, "OK")
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".zip") == [
        "dossier.css",
        "dossier.html",
        "dossier.json",
        "files",
        "verify_dossier.py",
    ]
    assert len(list((folder / "files").iterdir())) == 2
    data = json.loads((folder / "dossier.json").read_text())
    for part in ("consents", "steps", "tasks", "calls"):
        assert len(data[part]) == 1, part
    page = (folder / "dossier.html").read_text()
    assert data["head"]["hash"] in page
    assert "查过了" in page and "<script" not in page


def test_the_daily_anchor_that_covers_the_ticket_is_named(cast: Cast, unpack: Callable[[Ticket], Path]) -> None:
    ticket = full_ticket(cast)
    anchor = audit.make_anchor(at=timezone.now() + timedelta(hours=1))
    data = json.loads((unpack(ticket) / "dossier.json").read_text())
    assert anchor is not None
    assert data["anchor"]["digest"] == anchor.digest


def forge_reason(data: dict[str, Any]) -> None:
    of_code(data, "archive")["facts"]["reason"] = "forged"


def forge_text(data: dict[str, Any]) -> None:
    data["messages"][1]["text"] = "forged"


def blank_text(data: dict[str, Any]) -> None:
    data["messages"][0]["text"] = ""


def forge_consent(data: dict[str, Any]) -> None:
    data["sealed"][0]["answered"]["allowed"] = ["control"]


def cut_tail(data: dict[str, Any]) -> None:
    del data["events"][-2:]


def cut_middle(data: dict[str, Any]) -> None:
    del data["events"][3]


def forge_file(data: dict[str, Any]) -> None:
    next(file for file in data["files"] if file["message"])["sha256"] = "0" * 64


def add_message(data: dict[str, Any]) -> None:
    data["messages"].append({**data["messages"][0], "id": 999_999})


def forge_solution(data: dict[str, Any]) -> None:
    data["ticket"]["solution"] = "forged"


def forge_step(data: dict[str, Any]) -> None:
    data["steps"][0]["result"] = "forged"


def lose_section(data: dict[str, Any]) -> None:
    del data["messages"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (forge_reason, "was altered"),
        (forge_text, "message"),
        (blank_text, "message"),
        (forge_consent, "what was answered in consent"),
        (cut_tail, "are missing, or the head"),
        (cut_middle, "event 4 is missing"),
        (forge_file, "the files of message"),
        (add_message, "message 999999 was added"),
        (forge_solution, "beside the chain"),
        (forge_step, "beside the chain"),
        (lose_section, "a part of the dossier is missing"),
    ],
)
def test_what_was_altered_is_named(
    cast: Cast, unpack: Callable[[Ticket], Path], change: Callable[[dict[str, Any]], None], found: str
) -> None:
    folder = unpack(full_ticket(cast))
    alter(folder, change)
    code, said = check(folder, "--without-files")
    assert code == 1
    assert said.startswith("ALTERED: ") and found in said


def test_an_altered_and_a_missing_file_are_named(cast: Cast, unpack: Callable[[Ticket], Path]) -> None:
    folder = unpack(full_ticket(cast))
    first, second = sorted((folder / "files").iterdir())
    first.write_bytes(b"forged")
    code, said = check(folder)
    assert (code, said) == (1, f"ALTERED: the file files/{first.name} was altered")
    assert check(folder, "--without-files")[0] == 0
    first.unlink()
    second.unlink()
    assert "is missing" in check(folder)[1]


def test_a_chain_that_was_made_anew_shows_against_the_noted_head(cast: Cast, unpack: Callable[[Ticket], Path]) -> None:
    folder = unpack(full_ticket(cast))
    noted = json.loads((folder / "dossier.json").read_text())["head"]["hash"]

    def shorten(data: dict[str, Any]) -> None:
        cut_tail(data)
        last = data["events"][-1]
        data["head"] = {"sequence": last["facts"]["sequence"], "hash": last["hash"]}
        data["ticket"]["version"] = last["facts"]["sequence"]
        data["digest"] = digest(data)

    assert check(folder, "--head", noted)[0] == 0
    alter(folder, shorten)
    assert check(folder)[0] == 0
    code, said = check(folder, "--head", noted)
    assert code == 1 and "not with the hash that was noted" in said


def test_something_else_is_no_dossier(tmp_path: Path, cast: Cast, unpack: Callable[[Ticket], Path]) -> None:
    folder = unpack(full_ticket(cast))
    (folder / "dossier.json").write_text('{"format": "other"}')
    assert check(folder)[0] == 2


def test_an_anonymised_ticket_still_passes_and_names_nobody(cast: Cast, unpack: Callable[[Ticket], Path]) -> None:
    ticket = full_ticket(cast)
    erase_ticket(ticket_id=ticket.pk, with_texts=True, at=timezone.now())
    folder = unpack(Ticket.objects.get(pk=ticket.pk))
    code, said = check(folder)
    assert code == 0, said
    everything = "".join((folder / name).read_text() for name in ("dossier.json", "dossier.html"))
    for word in ("王敏", "CANARY", "13812345678", "PC-WANGMIN", "截图"):
        assert word not in everything, word
    assert not (folder / "files").exists()

    def resurrect(data: dict[str, Any]) -> None:
        data["messages"][0]["text"] = "never said"

    alter(folder, resurrect)
    assert check(folder)[0] == 1


def test_the_page_shows_consents_holds_and_the_way_to_the_file(cast: Cast, as_user: AsUser) -> None:
    ticket = full_ticket(cast)
    hold_ticket(ticket_id=ticket.pk, reason="劳动仲裁 2026-17", actor=cast.admin, at=timezone.now())
    page = as_user(cast.agent).get(f"/desk/tickets/{ticket.number}/dossier/").content.decode()
    for word in (
        "Consents",
        "See the screen",
        "Diagnosis steps",
        "劳动仲裁 2026-17",
        "dossier.zip",
        "verify_dossier.py",
    ):
        assert word in page, word


def test_requesters_and_strangers_get_none_of_it(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.requester)
    for rest in ("dossier.zip", "dossier.json", "dossier/"):
        assert as_user(cast.requester).get(f"/desk/tickets/{ticket.number}/{rest}").status_code == 404
    assert as_user(cast.requester).get("/desk/dossier/verify_dossier.py").status_code == 404
    Ticket.objects.filter(pk=ticket.pk).update(is_confidential=True)
    assert as_user(cast.admin).get(f"/desk/tickets/{ticket.number}/dossier.zip").status_code == 404


def test_the_api_gives_the_same_to_the_desk(cast: Cast, as_user: AsUser, tmp_path: Path) -> None:
    ticket = full_ticket(cast)
    address = f"/api/v1/tickets/{ticket.number}/dossier/"
    data = as_user(cast.agent).get(address).json()
    (tmp_path / "dossier.json").write_text(json.dumps(data))
    script = as_user(cast.agent).get("/desk/dossier/verify_dossier.py").content
    (tmp_path / "verify_dossier.py").write_bytes(script)
    assert check(tmp_path, "--without-files")[0] == 0
    assert as_user(cast.requester).get(address).status_code == 403
    assert as_user(cast.requester2).get(address).status_code == 404
