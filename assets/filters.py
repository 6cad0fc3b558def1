"""One FilterSet for the register's page, its export and the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters as filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assets.choices import AssetState
from assets.details import normal_tag
from assets.models import Asset, AssetType
from assets.models.asset import AssetQuerySet
from assets.search import search_assets
from helpdesk.accounts.models import Department

WARRANTY_CHOICES = [("soon", _("Ends within 60 days")), ("over", _("Has ended"))]
SOON = timedelta(days=60)
CONFIRMED_CHOICES = [("no", pgettext_lazy("asset", "Not confirmed")), ("yes", _("Confirmed"))]
LEFT_CHOICES = [("yes", _("Holder has left"))]
LONGEST_QUERY = 500


class AssetFilter(filters.FilterSet):
    """What may be asked of the register. `request.user` must be the viewer whose rows these are."""

    q = filters.CharFilter(method="search", max_length=LONGEST_QUERY)
    tag = filters.CharFilter(method="with_tag", max_length=60)
    serial = filters.CharFilter(method="spelled", max_length=80)
    hostname = filters.CharFilter(method="spelled", max_length=120)
    type = filters.ModelChoiceFilter(queryset=AssetType.objects.all(), to_field_name="code")
    state = filters.ChoiceFilter(choices=AssetState.choices)
    holder = filters.CharFilter(field_name="holder__username", lookup_expr="iexact", max_length=150)
    department = filters.ModelChoiceFilter(queryset=Department.objects.all())
    warranty = filters.ChoiceFilter(choices=WARRANTY_CHOICES, method="by_warranty")
    confirmed = filters.ChoiceFilter(choices=CONFIRMED_CHOICES, method="by_confirmation")

    left = filters.ChoiceFilter(choices=LEFT_CHOICES, method="by_leaver")

    class Meta:
        model = Asset
        fields: list[str] = []

    def search(self, rows: AssetQuerySet, name: str, value: str) -> AssetQuerySet:
        return search_assets(rows, value, self.request.user)

    def with_tag(self, rows: AssetQuerySet, name: str, value: str) -> AssetQuerySet:
        return rows.filter(tag=normal_tag(value))

    def spelled(self, rows: AssetQuerySet, name: str, value: str) -> AssetQuerySet:
        return rows.spelled(name, value)

    def by_warranty(self, rows: AssetQuerySet, name: str, value: str) -> AssetQuerySet:
        today = timezone.localdate()
        rows = rows.exclude(state__in=[AssetState.RETIRED, AssetState.LOST])
        if value == "over":
            return rows.filter(warranty_until_on__lt=today)
        return rows.filter(warranty_until_on__gte=today, warranty_until_on__lte=today + SOON)

    def by_confirmation(self, rows: AssetQuerySet, name: str, value: str) -> AssetQuerySet:
        rows = rows.filter(holder__isnull=False)
        return rows.filter(is_confirmed=value == "yes")

    def by_leaver(self, rows: AssetQuerySet, name: str, value: str) -> AssetQuerySet:
        return rows.filter(holder__is_active=False)


def filtered(rows: AssetQuerySet, query: Any, request: Any) -> AssetQuerySet:
    """The rows that fit the query string; an answer that is none (an old bookmark) counts as not given."""
    found = AssetFilter(query, queryset=rows, request=request)
    if found.is_valid():
        return found.qs
    kept = {name: query.get(name) for name in found.form.fields if name not in found.form.errors and query.get(name)}
    return AssetFilter(kept, queryset=rows, request=request).qs
