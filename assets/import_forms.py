"""Forms of the import: the file, and what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assets.exchange.columns import all_columns
from assets.exchange.names import Register
from assets.models import ImportJob


class UploadForm(forms.Form):
    """A table from the person's computer. The service looks into it."""

    file = forms.FileField(
        label=_("Table"),
        allow_empty_file=True,
        help_text=_("CSV or XLSX, at most 32 MB and 200,000 rows. The first row names the columns."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.txt"}),
    )


class MappingForm(forms.Form):
    """For each heading of the file the column that it is, or nothing. Fields are named by the heading's place."""

    def __init__(self, *args: Any, job: ImportJob, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "import-%s", **kwargs})
        self.job = job
        columns = all_columns(Register().attributes).values()
        choices = [("", _("Don't read this column")), *((column.key, column.label) for column in columns)]
        for index, heading in enumerate(job.headings):
            samples = [line[index] for line in job.sample if index < len(line) and line[index]]
            self.fields[f"column-{index}"] = forms.ChoiceField(
                label=heading,
                choices=choices,
                required=False,
                initial=job.mapping.get(heading, ""),
                help_text=" · ".join(list(dict.fromkeys(samples))[:3]),
                widget=forms.Select(attrs={"class": "in"}),
            )

    def mapping(self) -> dict[str, str]:
        """Heading → key of the column, as chosen."""
        return {heading: self.cleaned_data[f"column-{index}"] for index, heading in enumerate(self.job.headings)}

    def field_of(self, heading: str) -> str | None:
        """The name of the field for a heading; None for what is none."""
        return f"column-{self.job.headings.index(heading)}" if heading in self.job.headings else None
