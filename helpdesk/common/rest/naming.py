"""Names of fields at the edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from helpdesk.common.errors import DomainError


@contextmanager
def field_names(names: Mapping[str, str]) -> Iterator[None]:
    """Services name fields as the model does; inside this their refusals name them as the API does."""
    try:
        yield
    except DomainError as error:
        error.fields = {names.get(name, name): texts for name, texts in error.fields.items()}
        raise
