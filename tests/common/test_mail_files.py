"""Mails as files: as many files as mails, each one complete."""

from __future__ import annotations

import email
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


def test_mails_of_one_second_have_a_file_each(folder: Path) -> None:
    for number in range(50):
        # A connection for each, as the dispatcher has: their addresses in memory repeat.
        connection = get_connection("helpdesk.common.mail_files.EmailBackend")
        assert (
            connection.send_messages([EmailMessage(f"工单 {number}", "内容", "a@example.com", ["b@example.com"])]) == 1
        )
    files = list(folder.iterdir())
    assert len(files) == 50
    mails = [email.message_from_bytes(file.read_bytes(), policy=default) for file in files]
    assert {str(mail["Subject"]) for mail in mails} == {f"工单 {number}" for number in range(50)}
    assert {mail.get_content().strip() for mail in mails} == {"内容"}


def test_several_mails_at_once_are_several_files(folder: Path) -> None:
    mails = [EmailMessage("x", "y", "a@example.com", ["b@example.com"]) for _number in range(3)]
    assert get_connection("helpdesk.common.mail_files.EmailBackend").send_messages(mails) == 3
    assert len(list(folder.glob("*.eml"))) == 3
