"""Mails as files, for a desk without a mail server: one file for each mail, which any mail program opens."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class EmailBackend(BaseEmailBackend):
    """Writes into `EMAIL_FILE_PATH`. A mail appears whole or not at all.

    Django's own backend names a file by the second and a memory address: two mails of one second could share a file.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(settings.EMAIL_FILE_PATH)  # type: ignore[misc]  # comes from EMAIL_URL

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex}.eml"
            hidden = self.folder / f".{name}.part"
            hidden.write_bytes(message.message().as_bytes())
            os.replace(hidden, self.folder / name)
        return len(email_messages)
