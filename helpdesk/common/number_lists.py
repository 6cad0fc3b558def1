"""A form field for several whole numbers in one line."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise


class NumbersField(forms.CharField):
    """Whole numbers as people write them: `2, 4`, also with Chinese commas. A sorted list without repetitions.

    `complaint` is the sentence for anything else.
    """

    complaint: str | Promise = ""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(number) for number in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        words = [word for word in re.split(r"[\s,，、;；%％]+", str(value or "").strip()) if word]
        if not all(re.fullmatch(r"[0-9]{1,4}", word) for word in words):
            raise ValidationError(str(self.complaint))
        return sorted({int(word) for word in words})

    def run_validators(self, value: Any) -> None:
        """The validators of a text don't fit a list."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True
