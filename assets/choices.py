"""Stored codes of the register with the words for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assets.lifecycle import Command, State


class AssetState(models.TextChoices):
    """Where an asset stands; the codes are those of `lifecycle.State`."""

    STOCK = State.STOCK.value, _("In stock")
    IN_USE = State.IN_USE.value, _("In use")
    LENT = State.LENT.value, _("Lent")
    REPAIR = State.REPAIR.value, _("In repair")
    LOST = State.LOST.value, _("Lost")
    RETIRED = State.RETIRED.value, pgettext_lazy("asset", "Retired")


class EventCode(models.TextChoices):
    """What happened to an asset."""

    REGISTERED = "registered", _("Registered")
    EDITED = "edited", _("Details changed")
    IMPORTED = "imported", _("Changed by an import")
    HAND_OUT = Command.HAND_OUT.value, _("Handed out")
    LEND = Command.LEND.value, _("Lent")
    EXTEND_LOAN = Command.EXTEND_LOAN.value, _("Loan extended")
    TAKE_BACK = Command.TAKE_BACK.value, pgettext_lazy("asset", "Taken back")
    SEND_TO_REPAIR = Command.SEND_TO_REPAIR.value, _("Sent to repair")
    BACK_FROM_REPAIR = Command.BACK_FROM_REPAIR.value, _("Back from repair")
    REPORT_LOST = Command.REPORT_LOST.value, _("Reported lost")
    FOUND = Command.FOUND.value, _("Found again")
    RETIRE = Command.RETIRE.value, pgettext_lazy("asset", "Retired")
    RESTORE = Command.RESTORE.value, _("Taken back into stock")
    CUSTODY_ACCEPTED = "custody_accepted", _("Confirmed by the person")
    CUSTODY_DECLINED = "custody_declined", _("Contradicted by the person")
    CUSTODY_CANCELLED = "custody_cancelled", _("No longer to be confirmed")
    RELATED = "related", _("Connected with another asset")
    UNRELATED = "unrelated", _("No longer connected")


class CustodyKind(models.TextChoices):
    HAND_OUT = "hand_out", _("Hand-out")
    RETURN = "return", _("Return")


class CustodyState(models.TextChoices):
    OFFERED = "offered", _("Waits for confirmation")
    ACCEPTED = "accepted", _("Confirmed")
    DECLINED = "declined", _("Contradicted")
    CANCELLED = "cancelled", _("Cancelled")


class CustodyVia(models.TextChoices):
    """How the person answered. Who came with an import was never asked."""

    PORTAL = "portal", _("In the portal")
    SCREEN = "screen", _("On the agent's screen")
    API = "api", _("Over the API")
    IMPORT = "import", _("Taken over by an import")


class RelationKind(models.TextChoices):
    """How one asset belongs to another: `source` is … `target`."""

    PART_OF = "part_of", _("Part of")
    CONNECTED_TO = "connected_to", _("Connected to")
    INSTALLED_ON = "installed_on", _("Installed on")


class AttributeKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", pgettext_lazy("kind of value", "Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    YES_NO = "yes_no", _("Yes or no")
