"""The report of names that administrators wrote in one language only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite


@dataclass(frozen=True)
class Missing:
    """One empty field whose sister in the other language is filled."""

    kind: str
    present: str
    field: str
    url: str


def bilingual_fields(model: type[models.Model]) -> list[str]:
    """The stems of field pairs such as `name_zh` and `name_en`."""
    names = {field.name for field in model._meta.concrete_fields}
    return sorted(name[:-3] for name in names if name.endswith("_zh") and f"{name[:-3]}_en" in names)


def missing_translations() -> Iterator[Missing]:
    """Walk all configuration with texts in two languages. What is retired needs no translation any more."""
    for model in apps.get_models():
        stems = bilingual_fields(model)
        if not stems or hasattr(model, "history_object"):
            continue
        rows = model._default_manager.all()
        if "is_retired" in {field.name for field in model._meta.concrete_fields}:
            rows = rows.filter(is_retired=False)
        for stem in stems:
            zh, en = f"{stem}_zh", f"{stem}_en"
            one_sided = (models.Q(**{zh: ""}) & ~models.Q(**{en: ""})) | (~models.Q(**{zh: ""}) & models.Q(**{en: ""}))
            for row in rows.filter(one_sided):
                empty = zh if not getattr(row, zh) else en
                yield Missing(
                    kind=str(model._meta.verbose_name),
                    present=str(getattr(row, zh) or getattr(row, en)),
                    field=str(next(item.verbose_name for item in model._meta.concrete_fields if item.name == empty)),
                    url=_change_url(row),
                )


def _change_url(row: models.Model) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return ""


def report_view(request: HttpRequest, site: AdminSite) -> TemplateResponse:
    context = {**site.each_context(request), "title": _("Missing translations"), "rows": list(missing_translations())}
    return TemplateResponse(request, "admin/missing_translations.html", context)
