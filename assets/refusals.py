"""Whole sentences for the refusals of the table of acts, and for missing answers."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.choices import AssetState
from assets.lifecycle import Command
from assets.models import Asset
from helpdesk.common.errors import Conflict, InvalidInput, Text

COMMAND_LABELS = {
    Command.HAND_OUT: gettext_lazy("Hand out"),
    Command.LEND: gettext_lazy("Lend"),
    Command.EXTEND_LOAN: gettext_lazy("Extend the loan"),
    Command.TAKE_BACK: gettext_lazy("Take back"),
    Command.SEND_TO_REPAIR: gettext_lazy("Send to repair"),
    Command.BACK_FROM_REPAIR: gettext_lazy("Back from repair"),
    Command.REPORT_LOST: gettext_lazy("Report as lost"),
    Command.FOUND: gettext_lazy("Found again"),
    Command.RETIRE: gettext_lazy("Retire the asset"),
    Command.RESTORE: gettext_lazy("Take back into stock"),
}
_MISSING = {
    "person": gettext_lazy("Say who gets it."),
    "lent_until_on": gettext_lazy("Say until when it is lent."),
    "reason": gettext_lazy("Give the reason in a sentence."),
}


def conflict_of(code: str, asset: Asset, command: Command) -> Conflict:
    """The refusal for a code of the table."""
    if code == "waits_for_receipt" and asset.holder is not None:
        text: Text = _("%(name)s hasn't confirmed the hand-out yet. Take the asset back, or wait for the answer.") % {
            "name": asset.holder.get_full_name()
        }
    else:
        words = {"act": COMMAND_LABELS[command], "state": AssetState(asset.state).label}
        text = _("“%(act)s” isn't possible now: the asset's state is “%(state)s”.") % words
    return Conflict(text, code=code)


def missing(name: str) -> InvalidInput:
    """The refusal for data that an act needs."""
    return InvalidInput(fields={name: [_MISSING[name]]})
