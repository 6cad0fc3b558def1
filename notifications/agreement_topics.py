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
    "consent_recorded": Line(
        _("Your permission on ticket %(number)s “%(subject)s” is recorded."),
        _("If you did not give it, or don't want it any more, take it back: it ends at once."),
        _("Object or take it back"),
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
}
# Topics whose button leads to a question that can be answered without signing in: the question's kind.
QUESTIONS: dict[str, str] = {"consent_asked": "consent", "consent_recorded": "withdraw"}
