"""What becomes of a mail: one rule for every way in (M3.1-1, reliability-security 1.8 and E). Pure.

Headers grant nothing. A mail may act on a ticket only if its sender has proved to be one of the people on it: by a token
that was sent to them, or by being verified by our own mail server. In doubt a mail is held for people to decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from tickets.intake.authentication import Verdict

# The one sign of a machine that people give too.
ONLY_THE_SUBJECT = "vacation_subject"


class FromStrangers(StrEnum):
    """A mailbox's policy on senders that nobody knows."""

    CREATE = "create"
    HOLD = "hold"
    REFUSE = "refuse"


class FromMachines(StrEnum):
    """A mailbox's policy on automatic mail that answers nothing of ours."""

    CREATE = "create"
    KEEP = "keep"


class Nature(StrEnum):
    """What sort of mail it is. `personal` has a person's words, even where it must not be answered by a machine."""

    PERSONAL = "personal"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    FEEDBACK = "feedback"
    OWN = "own"


class Sender(StrEnum):
    UNKNOWN = "unknown"
    INACTIVE = "inactive"
    REQUESTER = "requester"
    STAFF = "staff"


class Thread(StrEnum):
    """How a mail points at a ticket, the strongest way first."""

    TOKEN = "token"
    KNOWN_ID = "known_id"
    TAG = "tag"
    FORGED = "forged"
    NONE = "none"


class Standing(StrEnum):
    """How far the ticket that it points at has come."""

    OPEN = "open"
    RESOLVED = "resolved"
    REOPENABLE = "reopenable"
    OVER = "over"
    SEALED = "sealed"


class FromVendor(StrEnum):
    """How a mail points at a vendor case: with the token that only the vendor got, and from whom."""

    NONE = "none"
    PROVED = "proved"  # the case's token, from the vendor's address
    OTHER_SENDER = "other_sender"  # the case's token, from somebody else
    UNPROVED = "unproved"  # a token that we never gave, or only the id of a mail of ours
    SEALED = "sealed"  # its ticket is archived


class Step(StrEnum):
    CREATE = "create"  # a new ticket
    ANSWER = "answer"  # a public message
    NOT_SOLVED = "not_solved"  # a message that rejects the proposed solution
    REOPEN = "reopen"  # a message that opens the closed ticket again
    FOLLOW_UP = "follow_up"  # a new ticket that continues one which is over
    KEEP = "keep"  # an internal note that changes nothing
    VENDOR = "vendor"  # a word of the vendor on its case, never on the ticket
    BOUNCE = "bounce"  # a note, and the address is marked
    HOLD = "hold"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Facts:
    """Everything that the decision depends on. `is_on_ticket`: the sender is one of its people, or may work on it.
    `is_own_token`: the token was sent to this sender; another's proves only that they have seen that mail."""

    nature: Nature
    nature_reason: str = ""
    sender: Sender = Sender.UNKNOWN
    verdict: Verdict = Verdict.UNVERIFIED
    thread: Thread = Thread.NONE
    vendor: FromVendor = FromVendor.NONE
    is_own_token: bool = False
    is_on_ticket: bool = False
    is_requester: bool = False
    standing: Standing = Standing.OPEN
    is_mere_thanks: bool = False
    may_reopen: bool = True  # not where a machine may have sent it
    strangers: FromStrangers = FromStrangers.CREATE
    machines: FromMachines = FromMachines.KEEP
    is_over_sender_limit: bool = False
    is_over_ticket_limit: bool = False


@dataclass(frozen=True)
class Decision:
    """`reason` is a stable code. `is_linked`: the new ticket tells the desk which one the mail pointed at without proof."""

    step: Step
    reason: str
    is_linked: bool = False


def decide(facts: Facts) -> Decision:
    """The one decision about a mail."""
    if facts.vendor != FromVendor.NONE and facts.nature in (Nature.PERSONAL, Nature.AUTOMATIC):
        return _of_vendor(facts)
    if facts.nature != Nature.PERSONAL:
        return _of_machine(facts)
    return _held(facts) or (_in_thread(facts) if facts.thread != Thread.NONE else _new(facts))


def vouched(facts: Facts) -> Facts:
    """The facts once somebody of the desk has looked at a held mail and answers for its sender."""
    thread = facts.thread
    if thread != Thread.NONE:
        thread = Thread.TOKEN if facts.is_on_ticket else Thread.FORGED
    vendor = FromVendor.PROVED if facts.vendor == FromVendor.OTHER_SENDER else facts.vendor
    return replace(
        facts,
        nature=Nature.PERSONAL,
        vendor=vendor,
        verdict=Verdict.VERIFIED,
        thread=thread,
        is_own_token=thread == Thread.TOKEN,
        strangers=FromStrangers.CREATE,
        is_over_sender_limit=False,
        is_over_ticket_limit=False,
    )


def _of_vendor(facts: Facts) -> Decision:
    """Machines of vendors write, too: what they send is kept on the case like any other word."""
    if facts.is_over_sender_limit:
        return Decision(Step.HOLD, "sender_limit")
    if facts.verdict == Verdict.FAILED:
        return Decision(Step.HOLD, "sender_forged")
    if facts.vendor != FromVendor.PROVED:
        return Decision(Step.HOLD, f"vendor_{facts.vendor}")
    if facts.is_over_ticket_limit:
        return Decision(Step.HOLD, "ticket_limit")
    return Decision(Step.VENDOR, "vendor_answer")


def _of_machine(facts: Facts) -> Decision:
    """Never answered, never reopening: at most a note on the ticket that it provably belongs to."""
    if facts.nature == Nature.BOUNCE:
        return Decision(Step.BOUNCE, facts.nature_reason)
    if facts.nature == Nature.AUTOMATIC and facts.thread != Thread.NONE:
        belongs = facts.is_own_token or (facts.thread in (Thread.TOKEN, Thread.KNOWN_ID) and facts.is_on_ticket)
        if belongs and not _is_doubtful(facts) and facts.standing != Standing.SEALED and not facts.is_over_ticket_limit:
            return Decision(Step.KEEP, facts.nature_reason)
        return Decision(Step.IGNORE, facts.nature_reason)
    if facts.nature_reason == ONLY_THE_SUBJECT and facts.sender != Sender.UNKNOWN:
        # A colleague may well write about absence notes.
        return Decision(Step.HOLD, facts.nature_reason)
    may_create = facts.machines == FromMachines.CREATE and facts.sender != Sender.INACTIVE
    if facts.nature == Nature.AUTOMATIC and may_create and not _held(facts):
        return _new(facts)
    return Decision(Step.IGNORE, facts.nature_reason)


def _is_doubtful(facts: Facts) -> bool:
    """Somebody else may have written it in the sender's name, and that matters."""
    is_unproved_staff = facts.sender == Sender.STAFF and facts.verdict != Verdict.VERIFIED
    return facts.verdict == Verdict.FAILED or is_unproved_staff


def _held(facts: Facts) -> Decision | None:
    """What no mail gets past, whatever it is about."""
    if facts.is_over_sender_limit:
        return Decision(Step.HOLD, "sender_limit")
    if facts.sender == Sender.INACTIVE:
        return Decision(Step.HOLD, "sender_left")
    if facts.verdict == Verdict.FAILED:
        return Decision(Step.HOLD, "sender_forged")
    if facts.sender == Sender.STAFF and facts.verdict != Verdict.VERIFIED:
        return Decision(Step.HOLD, "staff_unverified")
    return None


def _new(facts: Facts, reason: str = "new", *, is_linked: bool = False) -> Decision:
    if facts.sender == Sender.UNKNOWN:
        if facts.strangers == FromStrangers.HOLD:
            return Decision(Step.HOLD, "unknown_sender")
        if facts.strangers == FromStrangers.REFUSE:
            return Decision(Step.IGNORE, "unknown_sender")
    return Decision(Step.CREATE, reason, is_linked)


def _in_thread(facts: Facts) -> Decision:
    if facts.thread == Thread.FORGED:
        return _new(facts, "thread_forged", is_linked=True)
    if facts.thread == Thread.TOKEN and not facts.is_on_ticket:
        # They have seen a mail of ours: somebody's other address, or a colleague it was passed on to.
        return Decision(Step.HOLD, "not_on_ticket")
    if not facts.is_on_ticket:
        return _new(facts, "thread_guessed", is_linked=True)
    if not facts.is_own_token and (facts.verdict != Verdict.VERIFIED or facts.sender == Sender.STAFF):
        return Decision(Step.HOLD, "thread_unproved")
    if facts.is_over_ticket_limit:
        return Decision(Step.HOLD, "ticket_limit")
    return _on_ticket(facts)


def _on_ticket(facts: Facts) -> Decision:
    """From somebody on the ticket, proved."""
    if facts.standing == Standing.OPEN:
        return Decision(Step.ANSWER, "answer")
    if facts.standing == Standing.RESOLVED:
        # Our mail says so: who answers it, other than by thanks, says that it isn't solved. Silence would close it.
        is_refusal = facts.is_requester and facts.may_reopen and not facts.is_mere_thanks
        return Decision(Step.NOT_SOLVED, "not_solved") if is_refusal else Decision(Step.ANSWER, "answer")
    if facts.is_mere_thanks or not facts.may_reopen:
        reason = "thanks" if facts.is_mere_thanks else "never_reopens"
        return Decision(Step.IGNORE if facts.standing == Standing.SEALED else Step.KEEP, reason)
    if facts.standing == Standing.REOPENABLE and (facts.is_requester or facts.sender == Sender.STAFF):
        return Decision(Step.REOPEN, "reopened")
    if facts.is_requester:
        return Decision(Step.FOLLOW_UP, "follow_up")
    return _new(facts, "ticket_over", is_linked=True)
