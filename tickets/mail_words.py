"""What happened to a mail, and why, in words. The codes are the gate's."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.intake.authentication import Verdict

REASONS: dict[str, str | Promise] = {
    # Held
    "sender_limit": _("This sender has written very often within the last hour."),
    "sender_left": _("The sender's account is closed."),
    "sender_forged": _("The sender's domain says that this mail doesn't come from there."),
    "staff_unverified": _("It claims to come from the desk, and no mail server of ours has confirmed that."),
    "unknown_sender": _("Nobody knows this sender, and the mailbox holds or refuses mail of strangers."),
    "not_on_ticket": _("The sender isn't on the ticket to which the mail was addressed."),
    "thread_unproved": _("It refers to a ticket of this sender, but could have been written by anybody."),
    "ticket_limit": _("The ticket has got very many mails today."),
    "vacation_subject": _("It looks like an absence note by its subject alone. People write so, too."),
    "vendor_other_sender": _("It answers a mail to a vendor, but comes from somebody else."),
    "vendor_unproved": _("It claims to answer a mail to a vendor, and doesn't prove it."),
    "vendor_sealed": _("It answers a mail to a vendor, but the ticket is archived."),
    # Unreadable
    "empty": _("The mail is empty."),
    "unstorable": _("The mail can't be stored; it is still on the mail server."),
    "too_large": _("The mail is too large; it is still on the mail server."),
    "too_deep": _("Its parts are nested too deeply."),
    "too_many_parts": _("It has too many parts."),
    "no_sender": _("It names no sender."),
    "several_senders": _("It names several senders."),
    "malformed": _("It isn't put together as a mail."),
    "unfetchable": _("The mail server doesn't give it out."),
    "failed": _("Reading it failed several times."),
    "lost": _("Its file is missing."),
    # Done
    "new": _("It became a new ticket."),
    "thread_forged": _("It referred to a ticket with a forged proof, so it became a new one."),
    "thread_guessed": _("It referred to a ticket that its sender isn't on, so it became a new one."),
    "ticket_over": _("The ticket that it belongs to is over, so it became a new one."),
    "follow_up": _("It continues a ticket that is closed for good."),
    "answer": _("It was added to its ticket."),
    "not_solved": _("It says that the proposed solution didn't help."),
    "reopened": _("It opened the closed ticket again."),
    "vendor_answer": _("It is the vendor's answer, and stands on the vendor case."),
    "added": _("Somebody of the desk put it on the ticket."),
    "came_before": _("The same mail had come before."),
    # Kept
    "thanks": _("It only says thanks."),
    "never_reopens": _("The ticket is closed, and a machine may have sent it."),
    "own_mail": _("It is a mail of our own that came back."),
    "discarded": _("Somebody of the desk discarded it."),
    "bounce_of_nothing": _("It says that a mail didn't arrive, but names none of ours."),
    "feedback_report": _("It is a complaint that a mail provider passed on."),
}
AUTOMATIC = _("It was sent by a machine.")
REFUSED = _("The ticket could not take it. Look at it, and decide.")
PROBLEMS: dict[str, str | Promise] = {
    "address": _("There is no server of this name."),
    "refused": _("The server doesn't answer on this port."),
    "timeout": _("The server doesn't answer."),
    "certificate": _("The server's certificate isn't valid."),
    "sign_in": _("The server doesn't accept the user name and password."),
    "folder": _("There is no folder of this name."),
    "dropped": _("The connection broke off."),
}
VERDICTS: dict[str, str | Promise] = {
    Verdict.VERIFIED: _("Confirmed by our mail server"),
    Verdict.UNVERIFIED: _("Not confirmed"),
    Verdict.FAILED: _("Refuted by the sender's domain"),
}


def reason_text(code: str) -> str | Promise:
    """One sentence; codes of automatic mail and of refusals share one each."""
    if code.startswith("refused_"):
        return REFUSED
    return REASONS.get(code, AUTOMATIC)


def problem_text(problem: str) -> str:
    """Why a mailbox can't be read; `problem` is its code, a colon, and what the server said."""
    code, _colon, detail = problem.partition(":")
    sentence = str(PROBLEMS.get(code, PROBLEMS["dropped"]))
    return f"{sentence} ({detail.strip()})" if detail.strip() else sentence
