"""The register as a table that an import takes back without changing anything."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import override

from assets.exchange.columns import all_columns
from assets.exchange.names import Register
from assets.exchange.texts import texts_of
from assets.models.asset import AssetQuerySet

CHUNK = 500


def export_table(assets: AssetQuerySet) -> tuple[list[str], Iterator[list[str]]]:
    """Headings and rows in the active language, the rows by tag, each read when it is asked for.

    `assets` must be what the viewer may see. Attributes follow the fields, those alone that some type has.
    """
    register = Register()
    columns = list(all_columns(register.attributes).values())

    def rows() -> Iterator[list[str]]:
        for asset in assets.order_by("tag").iterator(chunk_size=CHUNK):
            # A download is sent when its request is over, and with it the language of who asked.
            with override(register.language):
                line = list(texts_of(asset, columns, register).values())
            yield line

    return [column.label for column in columns], rows()


def template_headings() -> list[str]:
    """The headings of an empty table."""
    return [column.label for column in all_columns(Register().attributes).values()]
