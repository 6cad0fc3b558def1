"""What people are told of what the desk and the requester agree on: questions, answers, permissions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from notifications.lines import Line

_OPEN = _("Open the ticket")

FROM_DESK: dict[str, Line] = {
    "consent_asked": Line(
        _("%(name)s asks for your permission on ticket %(number)s “%(subject)s”."),
        _("You decide about each item by itself. Without an answer it counts as refused, and we go on in another way."),
        _("Decide now"),
    ),
    "consent_reminder": Line(
        _("We still wait for your permission on ticket %(number)s “%(subject)s”."),
        _("You decide about each item by itself. Without an answer it counts as refused, and we go on in another way."),
        _("Decide now"),
    ),
    "consent_recorded": Line(
        _("Your permission on ticket %(number)s “%(subject)s” is recorded."),
        _("If you did not give it, or don't want it any more, take it back: it ends at once."),
        _("Object or take it back"),
    ),
    "new_time_proposed": Line(
        _("%(name)s proposes a new time for ticket %(number)s “%(subject)s”: %(due)s."),
        _("Say whether it suits you, or when you need it. Without an answer, what was promised before stands."),
        _("Answer now"),
    ),
    "new_time_agreed": Line(
        _("%(name)s agreed to your suggestion for ticket %(number)s “%(subject)s”: %(due)s."),
        _("You need not do anything. We do our best to keep this time."),
        _OPEN,
    ),
    "window_proposed": Line(
        _("%(name)s would like to work on ticket %(number)s “%(subject)s” from %(due)s on."),
        _("Say whether the time suits you, or when it would suit you better."),
        _("Answer now"),
    ),
    "action_requested": Line(
        _("%(name)s asks you to do something for ticket %(number)s “%(subject)s” by %(due)s."),
        _("Take the steps one by one, then tell us that you are done, or what keeps you from it."),
        _("See the steps"),
    ),
    "action_reminder": Line(
        _("We still wait for you on ticket %(number)s “%(subject)s”: please do the steps by %(due)s."),
        _("Take the steps one by one, then tell us that you are done, or what keeps you from it."),
        _("See the steps"),
    ),
    "answer_recorded": Line(
        _("%(name)s wrote down your spoken answer on ticket %(number)s “%(subject)s”."),
        _("If this is not what you said, write to us on the page of the ticket."),
        _OPEN,
    ),
}
FROM_REQUESTER: dict[str, Line] = {
    "consent_answered": Line(
        _("%(name)s answered your request for consent on ticket %(number)s “%(subject)s”."),
        _("See what you may do now, and until when."),
        _OPEN,
    ),
    "consent_lapsed": Line(
        _("Nobody answered your request for consent on ticket %(number)s “%(subject)s”: it counts as refused."),
        _("Find another way, or ask again."),
        _OPEN,
    ),
    "consent_withdrawn": Line(
        _("%(name)s has taken back a consent on ticket %(number)s “%(subject)s”."),
        _("Stop at once what rested on it."),
        _OPEN,
    ),
    "low_rating": Line(
        _("Somebody was not satisfied with your team: ticket %(number)s “%(subject)s” is yours to follow up."),
        _("Read what was said, talk to the person, and write down what comes of it."),
        _OPEN,
    ),
    "promise_passed": Line(
        _("Ticket %(number)s “%(subject)s” was promised for %(due)s and is not solved."),
        _("Tell the requester why, and agree a new time."),
        _("Agree a new time"),
    ),
    "new_time_answered": Line(
        _("%(name)s answered your proposed time on ticket %(number)s “%(subject)s”."),
        _("See whether it was accepted, or which time the requester suggests."),
        _OPEN,
    ),
    "new_time_lapsed": Line(
        _("Nobody answered the time that you proposed on ticket %(number)s “%(subject)s”."),
        _("What was promised before stands. Call the requester, or propose another time."),
        _OPEN,
    ),
    "window_answered": Line(
        _("%(name)s answered your proposed work window on ticket %(number)s “%(subject)s”."),
        _("If it was accepted, the ticket comes back by itself when the window begins."),
        _OPEN,
    ),
    "window_lapsed": Line(
        _("Nobody answered the work window that you proposed on ticket %(number)s “%(subject)s”."),
        _("Call the requester, or propose another time."),
        _OPEN,
    ),
    "action_answered": Line(
        _("%(name)s answered what you asked for on ticket %(number)s “%(subject)s”."),
        _("See what was done, and go on."),
        _OPEN,
    ),
    "action_lapsed": Line(
        _("The requester of ticket %(number)s “%(subject)s” did not do in time what you asked for."),
        _("Call them, or go on in another way."),
        _OPEN,
    ),
    "vendor_case_opened": Line(
        _("%(name)s opened a case with one of your vendors for ticket %(number)s “%(subject)s”."),
        _("Write to the vendor: nobody else does."),
        _OPEN,
    ),
    "vendor_answered": Line(
        _("The vendor has answered about ticket %(number)s “%(subject)s”."),
        _("Read the answer on the vendor case, and go on."),
        _OPEN,
    ),
    "vendor_chase_due": Line(
        _("The vendor is to be chased about ticket %(number)s “%(subject)s”; it was planned for %(due)s."),
        _("Ask how it stands, write down what the vendor says, and plan the next look."),
        _OPEN,
    ),
    "vendor_mail_returned": Line(
        _("A mail to the vendor about ticket %(number)s “%(subject)s” came back: the vendor did not get it."),
        _("Reach the vendor in another way, and have the address put right."),
        _OPEN,
    ),
    "vendor_case_closed": Line(
        _("%(name)s closed the vendor case of ticket %(number)s “%(subject)s”."),
        _("Read what came of it, and go on with the ticket."),
        _OPEN,
    ),
}
# Topics whose button leads to a question that can be answered without signing in: the question's kind.
QUESTIONS: dict[str, str] = {
    "consent_asked": "consent",
    "consent_reminder": "consent",
    "consent_recorded": "withdraw",
    "new_time_proposed": "promise",
    "window_proposed": "window",
    "action_requested": "action",
    "action_reminder": "action",
}
