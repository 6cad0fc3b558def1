"""What the rules for machines' mail look at: a bounded part of a mail, and the signs that several of them ask for. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from tickets.intake.automatic_words import BOUNCE_SUBJECT, ORIGINAL_BELOW, PASSED_ON
from tickets.intake.charsets import decode
from tickets.intake.headers import decoded
from tickets.intake.parts import Part

MAX_PARTS = 60
MAX_HEADERS = 400
MAX_VALUE = 2_000
MAX_TEXT = 32_000
MAX_LINE = 500
MAX_LINES = 4_000
MAX_ADDRESSES = 50

ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
TAG = re.compile(r"<[^<>]*>")

# Who sends bounces. A postmaster may be a person, so these names count only together with a second sign.
DAEMON = re.compile(
    r"mailer[\s_-]?daemon|post[\s_]?master|mail deliver(?:y|) (?:sub)?system|mail administrator|system administrator"
    r"|microsoft exchange|mdaemon|mail system\b|邮件系统|郵件系統|系统管理员|(?:^|<)(?:bounces?|ndr)@",
    re.IGNORECASE,
)
DAEMON_ADDRESS = re.compile(r"(?:^|[<\s])(?:mailer-daemon|postmaster|bounces?|ndr)@", re.IGNORECASE)
NO_REPLY = re.compile(
    r"(?:^|[<\s.+_-])(?:no|not|dont?|do[._-]?not)[._-]?(?:reply|respond|answer)(?:$|[@._+-])", re.IGNORECASE
)


class Origin(StrEnum):
    """Who made a mail. Only a person's becomes a ticket or a message like any other; the rest is kept and marked."""

    PERSON = "person"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    FEEDBACK = "feedback"


@dataclass(frozen=True)
class Finding:
    """What was found, and the sign that decided it.

    PERSON with a reason ("list", "no_reply_sender", "machine_name", "response_suppressed"): somebody's words, or what may be, to be
    worked on like any mail; but no machine may answer them. `addresses` are those that a bounce says our mail missed,
    and `is_final` whether they are wrong for good.
    """

    origin: Origin
    reason: str = ""
    addresses: tuple[str, ...] = ()
    is_final: bool = True

    @property
    def is_for_the_desk(self) -> bool:
        """True where it opens a ticket or continues one, as a person's mail does; else it is only kept and marked."""
        return self.origin is Origin.PERSON

    @property
    def may_be_answered(self) -> bool:
        """True where we may send an acknowledgement, and let the mail reopen what is closed."""
        return self.origin is Origin.PERSON and not self.reason


@dataclass(frozen=True)
class Look:
    """The bounded part of a mail that the rules look at."""

    mail: Part
    headers: dict[str, list[str]]
    parts: tuple[Part, ...]

    def values(self, name: str) -> list[str]:
        return self.headers.get(name, [])

    def first(self, name: str) -> str:
        return next(iter(self.values(name)), "")

    @property
    def subject(self) -> str:
        return self.first("subject")


def look_at(mail: Part) -> Look:
    """The mail's headers and its own parts, not those of mails within it: what a person attached says nothing about the
    person."""
    return Look(mail, headers_of(mail), tuple(islice(_leaves_and_branches(mail), MAX_PARTS)))


def _leaves_and_branches(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from _leaves_and_branches(child)


def headers_of(mail: Part) -> dict[str, list[str]]:
    """Names in lower case with their values, read."""
    found: dict[str, list[str]] = {}
    for name, value in islice(mail.raw_items(), MAX_HEADERS):
        found.setdefault(name.strip().lower(), []).append(decoded(str(value)[:MAX_VALUE]))
    return found


def has_null_path(look: Look) -> bool:
    """The empty envelope sender of everything that must not be answered (RFC 5321, 4.5.5)."""
    return any(
        re.fullmatch(r"\s*<?\s*(?:mailer-daemon)?\s*>?\s*", value.lower()) for value in look.values("return-path")
    )


def is_from_daemon(look: Look) -> bool:
    """The sender is a mail server by its name; no sender at all ("<>") is one too."""
    senders = look.values("from") + look.values("sender")
    return any(DAEMON.search(value) or value.strip() in ("<>", "MAILER-DAEMON") for value in senders)


def is_at_daemon_address(look: Look) -> bool:
    """The address itself is a mail server's; a name such as "System Administrator" may be a colleague's."""
    senders = look.values("from") + look.values("sender")
    return any(DAEMON_ADDRESS.search(value) or value.strip() in ("<>", "MAILER-DAEMON") for value in senders)


def is_auto_submitted(look: Look) -> bool:
    """RFC 3834, 5. "auto-forwarded" is a person's mail that a rule sent on (RFC 5436 has "auto-notified")."""
    words = {first_word(value) for value in look.values("auto-submitted")}
    return bool(words - {"", "no", "auto-forwarded"})


def is_machine_sent(look: Look) -> bool:
    return (
        has_null_path(look) or is_auto_submitted(look) or any(NO_REPLY.search(value) for value in look.values("from"))
    )


def is_bounce_subject(look: Look) -> bool:
    return bool(BOUNCE_SUBJECT.search(look.subject)) and not is_passed_on(look)


def is_passed_on(look: Look) -> bool:
    """Forwarded or answered: its subject says so, and no server sent it."""
    return bool(PASSED_ON.search(look.subject)) and not has_null_path(look)


def is_report(look: Look) -> bool:
    return look.mail.get_content_type() == "multipart/report"


def report_type(look: Look) -> str:
    """The parameter of multipart/report (RFC 6522)."""
    if not is_report(look):
        return ""
    return str(look.mail.get_param("report-type") or "").strip().lower()


def has_part(look: Look, kind: str) -> bool:
    return any(part.get_content_type() == kind for part in look.parts)


def first_word(value: str) -> str:
    return (re.split(r"[\s;(,]", value.strip().lower(), maxsplit=1) or [""])[0]


# --- Text -----------------------------------------------------------------------------------------------------------


def text_of(look: Look) -> str:
    """The beginning of what the mail says, without the mail that it returns, lines shortened."""
    texts = [_part_text(part) for part in look.parts if part.get_content_maintype() in ("text", "multipart")]
    joined = "\n".join(texts)[:MAX_TEXT]
    lines: list[str] = []
    for line in joined.splitlines()[:MAX_LINES]:
        if len(lines) > 1 and ORIGINAL_BELOW.search(line[:MAX_LINE]):
            break
        lines.append(line[:MAX_LINE])
    return "\n".join(lines)


def _part_text(part: Part) -> str:
    """A text, or what stands in a multipart that lost its boundary."""
    if part.children:
        return ""
    text = decode(part.content(MAX_TEXT), str(part.get_param("charset") or ""))
    return html.unescape(TAG.sub(" ", text)) if part.get_content_subtype() == "html" else text


def addresses_in(text: str) -> tuple[str, ...]:
    return unique(found.group() for found in ADDRESS.finditer(text))


def unique(addresses: Iterable[str]) -> tuple[str, ...]:
    """In lower case, each once, in their order."""
    known = dict.fromkeys(address.strip().strip("<>").lower() for address in addresses)
    return tuple(address for address in known if ADDRESS.fullmatch(address))[:MAX_ADDRESSES]
