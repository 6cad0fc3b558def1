"""What a question's page lets people type besides words."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.http import QueryDict

from helpdesk.common.errors import InvalidInput
from helpdesk.common.forms import MomentField


def moment(typed: QueryDict, name: str) -> datetime | None:
    """The time that was typed, in the reader's zone; None where none was. Raises InvalidInput naming the field."""
    try:
        return MomentField(required=False).clean(typed.get(name, "").strip())
    except forms.ValidationError as error:
        raise InvalidInput(fields={name: error.messages}) from None
