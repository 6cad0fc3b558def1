"""What all pages of the administration share: reasons in the history, refusals in words, retiring instead of deleting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from simple_history.admin import SimpleHistoryAdmin

from helpdesk.common.errors import DomainError
from helpdesk.common.text import refuse_broken_text
from helpdesk.common.usage import usage_of

REASON_LENGTH = 100


class ReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose reason is kept in the history beside who and when."""

    history_change_reason = forms.CharField(
        label=gettext_lazy("Reason for this change"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Kept in the history. Your successor will be glad of it."),
    )

    def refuse(self, error: DomainError) -> None:
        """Show a domain refusal at the fields it names, else above the form."""
        for name, texts in error.fields.items():
            self.add_error(name if name in self.fields else None, [str(text) for text in texts])
        if not error.fields:
            self.add_error(None, str(error))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str) and name in self.fields:
                try:
                    refuse_broken_text(value, field=name)
                except DomainError as error:
                    self.refuse(error)
        return cleaned


class TolerantMixin(AutocompleteMixin):
    """Django's widgets ask the database for whatever was sent, and fail on an id that can't be one."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [item for item in value if self._may_be_a_key(item)], attr)

    def _may_be_a_key(self, item: Any) -> bool:
        if item in self.choices.field.empty_values:
            return True
        try:
            self.choices.queryset.filter(pk__in=[item]).exists()  # as the widget itself will ask
        except (ValueError, TypeError, OverflowError, ValidationError):
            return False
        return True


class TolerantAutocomplete(TolerantMixin, AutocompleteSelect):
    """Choose one entry by typing."""


class TolerantAutocompleteMultiple(TolerantMixin, AutocompleteSelectMultiple):
    """Choose several entries by typing."""


class SeveralField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several entries. Django's field fails on an id that no database can hold."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except OverflowError:
            raise ValidationError(_("Choose one of the entries that are offered.")) from None


class References(admin.options.BaseModelAdmin):  # type: ignore[type-arg]
    """How forms choose what they point at: by typing; making, changing and deleting it happens on its own page."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", TolerantAutocomplete(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", TolerantAutocompleteMultiple(db_field, self.admin_site))
            kwargs.setdefault("form_class", SeveralField)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field


class LinkFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows whose fields have names that are read out; Django's table leaves that to the headings of its columns."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            widget = getattr(field.widget, "widget", field.widget)
            if not widget.is_hidden and not isinstance(widget, forms.CheckboxSelectMultiple):
                widget.attrs["aria-label"] = field.label


class ReferenceInline(References, admin.TabularInline):  # type: ignore[type-arg]
    """Rows of a link table."""


class ConfigurationAdmin(References, SimpleHistoryAdmin):
    """Configuration with history. Nothing is deleted in bulk."""

    form = ReasonForm
    save_on_top = False
    list_per_page = 50
    show_full_result_count = False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def field_groups(self, obj: Any) -> Any:
        """The form's fields in groups, as Django's `fieldsets`; `obj` is None for a new entry."""
        return self.fieldsets or ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The reason stands last, on its own, wherever a form can be saved."""
        return [*self.field_groups(obj), (None, {"fields": ["history_change_reason"]})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj._change_reason = reason_of(form)
        super().save_model(request, obj, form, change)


def reason_of(form: Any) -> str:
    return str(form.cleaned_data.get("history_change_reason") or "")


class RetiringAdmin(ConfigurationAdmin):
    """Entries in use can't be deleted. The page says where they are used and offers to retire them."""

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> str | None:
        """Take the entry off the offer, or offer it again; a sentence where the usual one doesn't say it all.

        Raises DomainError.
        """
        raise NotImplementedError

    def may_delete(self, obj: Any) -> None:
        """Raise DomainError if an unused entry must stay all the same."""

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        own = [
            path("<path:object_id>/retire/", view(self._set_retired(True)), name=f"{name}_retire"),
            path("<path:object_id>/restore/", view(self._set_retired(False)), name=f"{name}_restore"),
        ]
        return own + super().get_urls()

    def _set_retired(self, is_retired: bool) -> Any:
        @require_POST
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            obj = self.get_object(request, unquote(object_id))
            if obj is None:
                raise Http404
            try:
                with transaction.atomic():
                    said = self.set_retired(obj, is_retired=is_retired, actor=request.user)
                usual = _("“%(name)s” is no longer offered.") if is_retired else _("“%(name)s” is offered again.")
                messages.success(request, said or usual % {"name": obj})
            except DomainError as error:
                messages.error(request, str(error))
            return redirect(self.changelist_address())

        return view

    def changelist_address(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        usage = usage_of(obj)
        refusal = ""
        try:
            self.may_delete(obj)
        except DomainError as error:
            refusal = str(error)
        if not usage and not refusal:
            return super().delete_view(request, object_id, extra_context)
        context = {
            **self.admin_site.each_context(request),
            "title": _("“%(name)s” can't be deleted") % {"name": obj},
            "opts": self.opts,
            "object": obj,
            "usage": usage,
            "refusal": refusal,
            "retire_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_retire", args=[obj.pk]),
            "can_retire": not obj.is_retired and not refusal,
        }
        return TemplateResponse(request, "admin/in_use.html", context, status=409)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that may be looked at only."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
