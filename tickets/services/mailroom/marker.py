"""What our mails carry: the line below which everything is quoted in an answer, and the proofs of who got them."""

from __future__ import annotations

import re

from tickets.intake.tokens import TOKEN, VENDOR_TOKEN

# In both languages at once, so that it is found whichever language the mail was in.
MARKER = "—— 请在此线以上回复 · Reply above this line ——"

ANSWER_LINK = re.compile(r"(/answer/)[\w:.~%=-]{8,}")


def without_proofs(text: str) -> str:
    """The text without what lets its reader act as somebody else: links to answer by, and tokens of threads (B9).

    People quote our mails when they answer, and others then read what they quote.
    """
    return VENDOR_TOKEN.sub("…", TOKEN.sub("…", ANSWER_LINK.sub(r"\1…", text)))
