"""Which mail is this? The same for a copy that came another way, or in another mailbox. Pure."""

from __future__ import annotations

import hashlib
import re

from tickets.intake.headers import message_ids_of
from tickets.intake.parts import Part

# What the sender's program wrote; servers on the way add lines above and may fold these anew. What decides how a mail is
# taken belongs to it, so that nobody can send a copy ahead that is taken otherwise.
OWN = (
    *("from", "to", "cc", "date", "subject", "message-id"),
    *("content-type", "content-transfer-encoding", "auto-submitted", "precedence"),
)
HEAD = 256 * 1024
LONGEST_ID = 400


def fingerprint(raw: bytes) -> tuple[str, str]:
    """The mail's Message-ID (empty without one) and the SHA-256 over what its sender wrote."""
    head = re.split(rb"\r?\n\r?\n", raw[:HEAD], maxsplit=1)[0]
    headers = Part(head, 0, len(head)).within()
    digest = hashlib.sha256()
    for name in OWN:
        for key, value in headers.raw_items():
            if key.lower() == name:
                words = " ".join(str(value).split()).encode("utf-8", "surrogateescape")
                digest.update(name.encode() + b":" + words + b"\n")
    digest.update(raw[len(head) :].replace(b"\r\n", b"\n").strip())
    return next(iter(message_ids_of(headers, "Message-ID")), "")[:LONGEST_ID], digest.hexdigest()
