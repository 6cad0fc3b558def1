"""Form fields for several things in one line."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise


class LineField(forms.CharField):
    """Several things written in one line, stored as a list. What they are says `read`."""

    def read(self, text: str) -> list[Any]:
        """The list that this text means. Raises ValidationError."""
        raise NotImplementedError

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(item) for item in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, list) else self.read(str(value or "").strip())

    def run_validators(self, value: Any) -> None:
        """The validators of a text don't fit a list."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True


class NumbersField(LineField):
    """Whole numbers as people write them: `2, 4`, also with Chinese commas. Sorted, without repetitions.

    `complaint` is the sentence for anything else.
    """

    complaint: str | Promise = ""

    def read(self, text: str) -> list[int]:
        words = [word for word in re.split(r"[\s,，、;；%％]+", text) if word]
        if not all(re.fullmatch(r"[0-9]{1,4}", word) for word in words):
            raise ValidationError(str(self.complaint))
        return sorted({int(word) for word in words})
