"""The mails in the organisation's own words: one page for each, a preview in both languages, and the way back."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from helpdesk.common.administration import ConfigurationAdmin, ReasonForm, reason_of
from helpdesk.common.errors import DomainError
from notifications import article_topics, asset_topics, secrecy_topics, topics
from notifications.mail_texts import FIELDS, LABELS, LANGUAGES, PARTS, names_in
from notifications.models import MailText
from notifications.services import mail_texts as services

_FOR = {
    topics.PORTAL: gettext_lazy("requesters"),
    topics.DESK: gettext_lazy("support staff"),
    topics.ABSENCE: gettext_lazy("substitutes"),
    secrecy_topics.GLASS: gettext_lazy("who watches over emergency access"),
    asset_topics.REGISTER: gettext_lazy("who has, hands out or buys assets"),
    article_topics.KNOWLEDGE: gettext_lazy("who writes and answers for articles"),
}
_TITLES = {"zh": gettext_lazy("In Chinese"), "en": gettext_lazy("In English")}
_NAMES = {"zh": "中文", "en": "English"}


class MailTextForm(ReasonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            field = self.fields[name]
            field.help_text = _("Without words of your own: %(words)s") % {
                "words": services.product_words(self.instance.key, name)
            }
            field.widget.attrs["class"] = "vLargeTextField"
            field.widget.attrs["lang"] = name.rpartition("_")[2]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in FIELDS:
            setattr(self.instance, name, cleaned.get(name, ""))
        try:
            services.refuse_bad_texts(self.instance)
        except DomainError as error:
            self.refuse(error)
        return cleaned


@admin.register(MailText)
class MailTextAdmin(ConfigurationAdmin):
    form = MailTextForm
    change_form_template = "admin/notifications/mail_text.html"
    list_display = ("what", "whom", "first_sentence", "own_words")
    list_per_page = 100
    ordering = ("pk",)
    sortable_by = ()

    def field_groups(self, obj: Any) -> Any:
        names = " · ".join(f"{{{{ {name} }}}} {LABELS[name]}" for name in names_in(obj.key))
        about = _("Leave a field empty for the product's own words. The texts may name: %(names)s") % {"names": names}
        groups = [
            (_TITLES[suffix], {"fields": [f"{part}_{suffix}" for part in PARTS]}) for suffix in LANGUAGES.values()
        ]
        return [(None, {"fields": [], "description": about}), *groups]

    @admin.display(description=gettext_lazy("mail"))
    def what(self, row: MailText) -> str:
        return services.title_of(row.key)

    @admin.display(description=gettext_lazy("goes to"))
    def whom(self, row: MailText) -> str:
        return str(_FOR[row.key.partition("/")[0]])

    @admin.display(description=gettext_lazy("first sentence"))
    def first_sentence(self, row: MailText) -> str:
        field = f"opening_{LANGUAGES.get(get_language() or '', 'en')}"
        return getattr(row, field) or services.product_words(row.key, field)

    @admin.display(description=gettext_lazy("own words"))
    def own_words(self, row: MailText) -> str:
        own = [suffix for suffix in LANGUAGES.values() if any(getattr(row, f"{part}_{suffix}") for part in PARTS)]
        return " · ".join(_NAMES[suffix] for suffix in own) or self.get_empty_value_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every mail is listed, so that each can be put in other words; a new version brings new ones along."""
        services.list_every_mail()
        title = {"title": _("Mail texts"), **(extra_context or {})}
        return super().changelist_view(request, title)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        named = {"title": services.title_of(row.key), "subtitle": self.whom(row)} if isinstance(row, MailText) else {}
        return super().change_view(request, object_id, form_url, {**named, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.save_texts(row=obj, actor=request.user, at=timezone.now(), reason=reason_of(form))  # type: ignore[arg-type]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        # The mails bring their style along; in frames, where nothing runs.
        may_style = csp_replace({"style-src": ["'self'", "'unsafe-inline'"]})
        shown = view(require_POST(may_style(self.preview_view)))  # type: ignore[arg-type]
        own = [
            path("<path:object_id>/preview/", shown, name="notifications_mailtext_preview"),
            path("<path:object_id>/reset/", view(require_POST(self.reset_view)), name="notifications_mailtext_reset"),
        ]
        return own + super().get_urls()

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The mail as it would go out with what stands in the form, saved or not."""
        row = self._found(request, object_id)
        form = self.get_form(request, row)(request.POST, instance=row)
        context = {
            **self.admin_site.each_context(request),
            "title": services.title_of(row.key),
            "opts": self.opts,
            "original": row,
            "form": form,
            "samples": list(services.samples_of(row, at=timezone.now())) if form.is_valid() else [],
        }
        return TemplateResponse(request, "admin/notifications/mail_preview.html", context)

    def reset_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._found(request, object_id)
        services.reset_texts(row=row, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        messages.success(request, _("This mail goes out in the product's own words again."))
        return redirect(reverse("admin:notifications_mailtext_change", args=[row.pk]))

    def _found(self, request: HttpRequest, object_id: str) -> MailText:
        row = self.get_object(request, unquote(object_id))
        if not isinstance(row, MailText):
            raise Http404
        return row
