"""The form of a person's wishes. It only validates; services act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from notifications import groups
from notifications.groups import Group
from notifications.services.preferences import MODES, Channel, Mode, Wishes, days_off_on_offer

CHANNELS = (Channel.EMAIL, Channel.IN_APP)
LABELS = {Channel.EMAIL: _("Mails: %(group)s"), Channel.IN_APP: _("Notification centre: %(group)s")}
WORDS: dict[str, dict[str, Any]] = {
    Channel.EMAIL: dict(Mode.choices),
    Channel.IN_APP: {Mode.AT_ONCE: _("Shown"), Mode.OFF: _("Not shown")},
}


@dataclass(frozen=True)
class Row:
    """One group of topics with its two choices; mandatory ones have none."""

    group: Group
    mail: BoundField | None
    centre: BoundField | None


def _time(label: Any) -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(label=label, required=False, widget=widget)


class WishesForm(forms.Form):
    """A choice for each group and channel, named `<group>_<channel>`, and the times."""

    quiet_from = _time(_("No mails from"))
    quiet_until = _time(_("No mails until"))
    days_off = forms.ChoiceField(label=_("Mails come"), required=False)
    digest_hour = forms.TypedChoiceField(
        label=_("Daily summary at"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )

    def __init__(self, *args: Any, person: User, wishes: Wishes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {
            "quiet_from": wishes.quiet.starts,
            "quiet_until": wishes.quiet.ends,
            "days_off": wishes.days_off,
            "digest_hour": wishes.digest_hour,
        }
        self.fields["days_off"].choices = list(days_off_on_offer(person).items())  # type: ignore[attr-defined]
        self.person = person
        self.groups = list(groups.groups_for(person))
        for group in self.groups:
            for channel in () if group.is_mandatory else CHANNELS:
                self.fields[f"{group.code}_{channel}"] = forms.ChoiceField(
                    label=LABELS[channel] % {"group": group.title},
                    choices=[(mode, WORDS[channel][mode]) for mode in MODES[channel]],
                    initial=wishes.modes.get((group.code, channel), Mode.AT_ONCE),
                )

    def rows(self) -> Iterator[Row]:
        for group in self.groups:
            if group.is_mandatory:
                yield Row(group, None, None)
            else:
                yield Row(group, self[f"{group.code}_{Channel.EMAIL}"], self[f"{group.code}_{Channel.IN_APP}"])

    def save(self, store: Callable[..., None]) -> bool:
        """Hand what was chosen to the service. False if it is refused; then the fields say why."""
        if not self.is_valid():
            return False
        times = ("quiet_from", "quiet_until", "days_off", "digest_hour")
        modes = {
            (group.code, channel): self.cleaned_data[f"{group.code}_{channel}"]
            for group in self.groups
            if not group.is_mandatory
            for channel in CHANNELS
        }
        try:
            store(person=self.person, modes=modes, **{name: self.cleaned_data[name] for name in times})
        except InvalidInput as error:
            for name, texts in error.fields.items():
                self.add_error(name if name in self.fields else None, [str(text) for text in texts])
            return False
        return True
