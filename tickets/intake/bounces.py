"""What machines report about mail: that it didn't arrive, that somebody complained, that it was shown. Pure.

A person taken for a bounce marks a good address as dead. So a bounce needs the report's own format, or two signs that
agree: people forward bounces to the help desk to ask what they mean.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from email.message import Message
from email.utils import getaddresses
from typing import Any

from flufl.bounce import all_failures

from tickets.intake.automatic_words import BOUNCE_TEXT, PASSING, REFUSED, UNKNOWN
from tickets.intake.charsets import decode
from tickets.intake.headers import decoded
from tickets.intake.parts import Part
from tickets.intake.signs import (
    ADDRESS,
    DAEMON,
    MAX_HEADERS,
    MAX_LINE,
    MAX_LINES,
    MAX_PARTS,
    MAX_TEXT,
    MAX_VALUE,
    Finding,
    Look,
    Origin,
    addresses_in,
    first_word,
    has_null_path,
    has_part,
    headers_of,
    is_bounce_subject,
    is_from_daemon,
    is_machine_sent,
    is_passed_on,
    is_report,
    report_type,
    text_of,
    unique,
)

# The complaint programmes that don't use RFC 5965 (Hotmail's junk mail report, Apple's "unsubscribe").
COMPLAINT_HEADERS = frozenset({"x-hmxmroriginalrecipient", "x-apple-unsubscribe"})

# Actions of a delivery report that say the mail has gone on its way (RFC 3464, 2.3.3).
ARRIVED = frozenset({"deliverable", "delivered", "relayed", "expanded"})

STATUSES = ("message/delivery-status", "message/global-delivery-status")

# It tells of every detector that it runs, and of each that trusts what a mail doesn't keep.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def feedback(look: Look) -> Finding | None:
    """An abuse report (ARF, RFC 5965), or the complaint of a service that has its own form."""
    if report_type(look) == "feedback-report" or (
        has_part(look, "message/feedback-report") and (is_report(look) or not is_passed_on(look))
    ):
        return Finding(Origin.FEEDBACK, "feedback_report")
    if COMPLAINT_HEADERS & look.headers.keys():
        return Finding(Origin.FEEDBACK, "complaint")
    if look.subject.lower().startswith("complaint about message from") and _returned_headers(look) & COMPLAINT_HEADERS:
        return Finding(Origin.FEEDBACK, "complaint")
    if is_machine_sent(look) and '"complaintfeedbacktype"' in text_of(look).lower().replace(" ", ""):
        return Finding(Origin.FEEDBACK, "complaint")
    return None


def receipt(look: Look) -> Finding | None:
    """A read receipt (RFC 8098): somebody's mail program says that it was shown."""
    if report_type(look) == "disposition-notification" or (
        has_part(look, "message/disposition-notification") and not is_passed_on(look)
    ):
        return Finding(Origin.AUTOMATIC, "read_receipt")
    return None


def delivery_report(look: Look) -> Finding | None:
    """A delivery status notification (RFC 3464); whoever only sends one on is no mail server."""
    is_declared = is_report(look)
    blocks = [block for part in look.parts for block in _status_blocks(part)]
    is_of_delivery = report_type(look) in ("delivery-status", "")
    if not blocks and not (is_declared and is_of_delivery):
        return Finding(Origin.AUTOMATIC, "report") if is_declared else None
    if not is_declared and not (is_from_daemon(look) or is_bounce_subject(look) or is_machine_sent(look)):
        return None
    actions = {_action(block) for block in blocks} - {""}
    if actions and actions <= ARRIVED:
        return Finding(Origin.AUTOMATIC, "delivered")
    failures = [block for block in blocks if _action(block) not in ARRIVED]
    addresses = unique(_recipient(block) for block in failures)
    if not addresses:
        return _by_text(look, "delivery_status")
    return Finding(Origin.BOUNCE, "delivery_status", addresses, any(_is_final(block) for block in failures))


def _status_blocks(part: Part) -> Iterator[dict[str, str]]:
    """The fields of each recipient in a message/delivery-status part."""
    if part.get_content_type() in STATUSES:
        status = decode(part.content(MAX_TEXT)).replace("\r\n", "\n")
        yield from (_fields(block) for block in re.split(r"\n\s{0,80}\n", status))


def _fields(block: str) -> dict[str, str]:
    lines = (line[:MAX_LINE].partition(":") for line in block.splitlines())
    return {name.strip().lower(): value.strip().lower() for name, _, value in lines if value}


def _action(block: dict[str, str]) -> str:
    """RFC 3464, 2.3.3; servers also write "failure", "expired" or "failed (with a remark)"."""
    return first_word(block.get("action", ""))


def _recipient(block: dict[str, str]) -> str:
    """The address that we wrote to, if the report names it; else where the mail ended (RFC 3464, 2.3.1 and 2.3.2)."""
    for name in ("original-recipient", "final-recipient"):
        found = ADDRESS.search(block.get(name, "").rpartition(";")[2])
        if found:
            return found.group()
    return ""


def _is_final(block: dict[str, str]) -> bool:
    """Not final: delayed, a status 4.x.x (RFC 3463), a full mailbox, a refusal for other reasons than the address."""
    if not _recipient(block):
        return False
    status = block.get("status", "")
    if _action(block) == "delayed" or status.startswith("4."):
        return False
    return _says_wrong(f"{status} {block.get('diagnostic-code', '')}")


def _says_wrong(text: str) -> bool:
    """Whether the address is wrong for good, by what the server says: in doubt it is, unless the reason is another."""
    return not PASSING.search(text) and bool(UNKNOWN.search(text) or not REFUSED.search(text))


def failed_recipients(look: Look) -> Finding | None:
    """Exim's and Gmail's header on the mails that they return."""
    addresses = addresses_in(" ".join(look.values("x-failed-recipients")))
    if not addresses or is_passed_on(look):
        return None
    return Finding(Origin.BOUNCE, "failed_recipients", addresses, _says_wrong(text_of(look)))


# --- Bounces in the form of an ordinary mail ------------------------------------------------------------------------


def bounce(look: Look) -> Finding | None:
    """A bounce in no standard's format: the sender, the subject and the text are weighed; one alone is not enough."""
    if is_passed_on(look) and not is_from_daemon(look):
        return None
    from_machine = is_from_daemon(look) or has_null_path(look) or not look.first("from").strip()
    subject = is_bounce_subject(look)
    if from_machine and subject:
        return _by_text(look, "bounce_subject")
    if from_machine and BOUNCE_TEXT.search(text_of(look)):
        return _by_text(look, "bounce_text")
    if subject and is_machine_sent(look) and BOUNCE_TEXT.search(text_of(look)):
        return _by_text(look, "bounce_text")
    if from_machine or subject:
        passing, final = _known_failures(look)
        if passing or final:
            return _by_text(look, "known_bounce")
    return None


def _by_text(look: Look, reason: str) -> Finding:
    """A bounce whose addresses only its text tells: by flufl.bounce's forms, else the first one named."""
    passing, final = _known_failures(look)
    is_final = bool(final or not passing) and _says_wrong(text_of(look))
    addresses = final + passing
    if not addresses:
        named = (
            found for found in addresses_in(text_of(look)) if not DAEMON.search(found) and not _is_own(look, found)
        )
        addresses = tuple(named)[:1]
    return Finding(Origin.BOUNCE, reason, addresses, is_final)


def _is_own(look: Look, address: str) -> bool:
    """Sender and receiver of the bounce itself are not whom our mail missed."""
    return any(address in value.lower() for name in ("from", "to", "return-path") for value in look.values(name))


def _known_failures(look: Look) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What flufl.bounce finds (passing, final) in a shortened copy: its patterns are not linear in a line's length."""
    try:
        copy = _short_copy(look.mail)
        if not getaddresses(look.values("from")):  # one of its detectors takes a sender for granted
            del copy["from"]
            copy["from"] = "mailer-daemon@invalid"
        passing, final = all_failures(copy)
    except Exception:  # its detectors trust the structure that the header promises
        return (), ()
    return _decoded(passing), _decoded(final)


def _decoded(found: Any) -> tuple[str, ...]:
    return unique(str(address, "utf-8", "replace") if isinstance(address, bytes) else address for address in found)


def _short_copy(mail: Part) -> Message:
    copy = Message()
    for name, value in list(mail.raw_items())[:MAX_HEADERS]:
        copy[name[:MAX_LINE]] = decoded(str(value)[:MAX_VALUE])  # raw bytes would come back without `lower`
    if mail.children:
        copy.set_payload([_short_copy(part) for part in mail.children[:MAX_PARTS]])
    elif mail.get_content_type() in STATUSES:
        copy.set_payload([_as_message(block) for block in _status_blocks(mail)])
    elif mail.get_content_maintype() == "message":
        copy.set_payload("")
    else:
        raw = mail.raw(MAX_TEXT).decode("ascii", "surrogateescape").replace("\r\n", "\n")
        copy.set_payload("\n".join(line[:MAX_LINE] for line in raw.split("\n")[:MAX_LINES]))
    return copy


def _as_message(fields: dict[str, str]) -> Message:
    message = Message()
    for name, value in fields.items():
        message[name] = value
    return message


def _returned_headers(look: Look) -> set[str]:
    """The header names of mails that are attached to this one."""
    mails = (part.within() for part in look.parts if part.get_content_type() == "message/rfc822")
    return {name for mail in mails for name in headers_of(mail)}
