"""People who write or call without being in the directory (M3.1-1). The hotline and the mailbox make them here."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text

NAME_LENGTH = 120
PHONE_LENGTH = 40
EMAIL_LENGTH = 254


def create_contact(
    *, full_name: str, email: str | None = None, phone: str = "", language: str = "", at: datetime
) -> User:
    """A person who can be reported for and written to but can't sign in; somebody with this address stays who they are.

    Without a name the address stands for it. The one who has the address may be deactivated: look at `is_active`.
    Raises InvalidInput naming `full_name`, `email`, `phone` or `language`.
    """
    address = _address(email)
    name = clean_text(full_name, field="full_name", max_length=NAME_LENGTH, multiline=False) or address[:NAME_LENGTH]
    if not name:
        raise InvalidInput(fields={"full_name": [_("Say what this person is called.")]})
    fields = {
        "full_name": name,
        "phone": clean_text(phone, field="phone", max_length=PHONE_LENGTH, multiline=False),
        "language": _language(language),
    }
    known = person_at(address)
    if known is not None:
        return known
    contact = User(
        username=f"contact-{secrets.token_hex(6)}", email=address or None, is_contact=True, date_joined=at, **fields
    )
    contact.set_unusable_password()
    try:
        with transaction.atomic():
            contact.save(force_insert=True)
    except IntegrityError:
        # Somebody made them a moment ago: the mailbox and the hotline work side by side.
        known = person_at(address)
        if known is None:
            raise
        return known
    return contact


def _address(email: str | None) -> str:
    address = clean_text(email or "", field="email", max_length=EMAIL_LENGTH, multiline=False)
    if address:
        try:
            validate_email(address)
        except ValidationError:
            raise InvalidInput(fields={"email": [_("This is not an e-mail address.")]}) from None
    return address


def _language(code: str) -> str:
    choices = User._meta.get_field("language").choices or []
    if code and code not in [value for value, _label in choices]:
        raise InvalidInput(fields={"language": [_("Choose one of the languages.")]})
    return code


def person_at(address: str) -> User | None:
    """Whoever has this address, by the index that keeps addresses unique."""
    if not address:
        return None
    fits = Q(low=address.lower()) | Q(email=address)
    return User.objects.alias(low=Lower("email")).filter(fits).order_by("pk").first()
