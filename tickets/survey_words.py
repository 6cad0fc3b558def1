"""Words for the ratings and reasons of the survey."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tickets.survey import Reason

RATING_LABELS = {
    1: pgettext_lazy("rating", "Very poor"),
    2: pgettext_lazy("rating", "Poor"),
    3: pgettext_lazy("rating", "Okay"),
    4: pgettext_lazy("rating", "Good"),
    5: pgettext_lazy("rating", "Very good"),
}
REASON_LABELS = {
    Reason.SLOW: gettext_lazy("It took too long."),
    Reason.NOT_SOLVED: gettext_lazy("It isn't really solved."),
    Reason.UNCLEAR: gettext_lazy("I didn't understand what was done."),
    Reason.REPEATED: gettext_lazy("I had to explain it more than once."),
    Reason.UNFRIENDLY: gettext_lazy("The contact was unfriendly."),
    Reason.OTHER: gettext_lazy("Something else."),
}
RATING_CHOICES = list(RATING_LABELS.items())
REASON_CHOICES = [(code.value, label) for code, label in REASON_LABELS.items()]


def rating_text(rating: int | None) -> str:
    """A rating with its number, as the desk reads it; empty for none."""
    if rating is None:
        return ""
    return _("%(number)d of 5, %(word)s") % {"number": rating, "word": str(RATING_LABELS[rating])}


def reasons_text(codes: Iterable[str]) -> str:
    return " ".join(str(REASON_LABELS[Reason(code)]) for code in codes)
