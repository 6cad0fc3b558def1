"""What of a ticket goes along to a vendor: only what somebody chose, and personal data only knowingly (M1.2-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from tickets.disclosure import FILES_ARE_PERSONAL, LABELS, filled_fields, is_personal, stored_value
from tickets.models import Attachment, Ticket, VendorDisclosure, VendorMessage

MOST_BYTES = 20 * 1024 * 1024  # together, as mail servers allow


@dataclass(frozen=True)
class Chosen:
    """What is to go along: names of ticket fields and UUIDs of the ticket's files.

    `is_needed`: whoever chose says that the vendor needs the personal data among it.
    """

    fields: Sequence[str] = ()
    files: Sequence[str] = ()
    is_needed: bool = False


def found_files(ticket: Ticket, chosen: Chosen, actor: User) -> list[Attachment]:
    """The chosen files. Raises InvalidInput for what isn't there, is too much, or is personal without a word."""
    errors: dict[str, list[str]] = {}
    visible = Attachment.objects.visible_to(actor).filter(ticket=ticket).order_by("pk")
    files = [file for file in visible if str(file.uuid) in set(chosen.files)] if chosen.files else []
    if len(files) != len(set(chosen.files)):
        errors["files_sent"] = [_("One of these files doesn't belong to the ticket.")]
    elif sum(file.size for file in files) > MOST_BYTES:
        errors["files_sent"] = [_("Together these files are larger than %(limit)d MB.") % {"limit": MOST_BYTES >> 20}]
    if set(chosen.fields) - set(filled_fields(ticket)):
        errors["fields_sent"] = [_("One of these details can't be sent, or the ticket doesn't have it.")]
    has_personal = any(is_personal(field) for field in chosen.fields) or (files and FILES_ARE_PERSONAL)
    if has_personal and not chosen.is_needed:
        errors["is_needed"] = [_("This may hold personal data. Confirm that the vendor needs it, or leave it out.")]
    if errors:
        raise InvalidInput(fields=errors)
    return files


def disclose(message: VendorMessage, ticket: Ticket, chosen: Chosen, files: Sequence[Attachment]) -> None:
    """Keep with the message what goes along with it, the fields as they stand now."""
    rows = [
        VendorDisclosure(message=message, field=field, text=stored_value(ticket, field), is_personal=is_personal(field))
        for field in LABELS
        if field in chosen.fields
    ]
    rows += [VendorDisclosure(message=message, attachment=file, is_personal=FILES_ARE_PERSONAL) for file in files]
    VendorDisclosure.objects.bulk_create(rows)
