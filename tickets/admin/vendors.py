"""The register of vendors: who they are, who speaks with them, their contacts and contracts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assets.models import Vendor, VendorContact, VendorContract
from assets.services import vendors as register
from helpdesk.accounts.models import User
from helpdesk.common.administration import LinkFormSet, ReasonForm, ReferenceInline, RetiringAdmin, reason_of
from helpdesk.common.errors import DomainError

SPEAKERS = ("liaison", "deputy")


class VendorForm(ReasonForm):
    """Refuses a liaison who isn't one."""

    portal_url = forms.URLField(label=gettext_lazy("Their portal"), required=False, assume_scheme="https")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            for name in SPEAKERS:
                setattr(self.instance, name, cleaned.get(name))
            try:
                register.refuse_speakers(self.instance)
            except DomainError as error:
                self.refuse(error)
        return cleaned


class ContactInline(ReferenceInline):
    model = VendorContact
    formset = LinkFormSet
    extra = 1


class ContractInline(ReferenceInline):
    model = VendorContract
    formset = LinkFormSet
    extra = 1


@admin.register(Vendor)
class VendorAdmin(RetiringAdmin):
    form = VendorForm
    inlines = (ContactInline, ContractInline)
    list_display = ("name_zh", "name_en", "liaison", "deputy", "contract", "open_cases", "offer")
    list_filter = ("is_retired",)
    list_select_related = SPEAKERS
    search_fields = ("name_zh", "name_en", "email", "contracts__number", "contacts__name")

    def field_groups(self, obj: Any) -> Any:
        who = [("name_zh", "name_en"), "language", *SPEAKERS]
        return [
            (None, {"fields": who if obj is None else [*who, "is_retired"]}),
            (
                gettext_lazy("How they are reached"),
                {"fields": ["email", "mail_domain", "phone", "portal_url", ("hours_zh", "hours_en")]},
            ),
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in SPEAKERS:
            kwargs["queryset"] = User.objects.filter(is_liaison=True).order_by("full_name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("contract"))
    def contract(self, row: Vendor) -> str:
        """The list is short, so a query per row is fine."""
        day = timezone.localdate()
        numbers = [contract.number for contract in row.contracts.all() if contract.is_in_force(day)]
        return ", ".join(numbers) or _("none in force")

    @admin.display(description=gettext_lazy("open cases"))
    def open_cases(self, row: Vendor) -> int:
        return row.cases.open().count()

    @admin.display(description=gettext_lazy("on offer"), boolean=True)
    def offer(self, row: Vendor) -> bool:
        return not row.is_retired

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        register.save_vendor(vendor=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        change = register.retire_vendor if is_retired else register.restore_vendor
        change(vendor=obj, actor=actor)
