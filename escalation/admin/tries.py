"""Trying a draft of a policy on past tickets: the part of the policy's form, and the page of each try."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from escalation.models import SlaPolicy, WhatIfRun
from escalation.selectors import waiting_reason_names
from escalation.services import whatif
from escalation.version_words import changes_of
from escalation.whatif_report import targets_of, worst_of
from helpdesk.common.administration import ReasonForm, RetiringAdmin
from helpdesk.common.errors import DomainError
from helpdesk.common.templatetags.hd import when

_LIMITS = gettext_lazy("Choose between 1 and 100,000 tickets.")


class TryingForm(ReasonForm):
    """The part of the policy's form that says on which tickets to try it."""

    try_count = forms.IntegerField(
        label=gettext_lazy("How many tickets"),
        required=False,
        min_value=whatif.FEWEST,
        max_value=whatif.MOST,
        initial=whatif.USUAL,
        help_text=gettext_lazy("The newest ones, up to 100,000."),
        widget=forms.NumberInput(attrs={"class": "vIntegerField"}),
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), _LIMITS),
    )
    try_scope = forms.ChoiceField(
        label=gettext_lazy("Which tickets"),
        required=False,
        choices=WhatIfRun.Scope.choices,
        initial=WhatIfRun.Scope.RULES,
        widget=forms.RadioSelect,
    )
    # Why the try that was asked for can't be; the form is shown again with it.
    refusal: DomainError | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.refusal is not None:
            self.refuse(self.refusal)
        return cleaned


class TryingAdmin(RetiringAdmin):
    """Adds the button, and the pages of the tries."""

    change_form_template = "admin/escalation/slapolicy/change_form.html"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        run = "<path:object_id>/tries/<int:run_id>/"
        return [
            path(run, view(self.try_view), name="escalation_slapolicy_try"),
            path(f"{run}cancel/", view(require_POST(self.cancel_try_view)), name="escalation_slapolicy_try_cancel"),
            *super().get_urls(),
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "try_refusal", None)
        return form

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and "_try" in request.POST:
            run = self._begin_try(request, object_id)
            if run is not None:
                return redirect(reverse("admin:escalation_slapolicy_try", args=[run.policy_id, run.pk]))
        return super().change_view(request, object_id, *args, **kwargs)

    def _begin_try(self, request: HttpRequest, object_id: str) -> WhatIfRun | None:
        """A try of what stands in the form, which isn't saved. None if that can't be: the form, shown again, says why."""
        policy = self.get_object(request, unquote(object_id))
        if not isinstance(policy, SlaPolicy):
            return None
        form = self.get_form(request, policy, change=True)(request.POST, instance=policy)
        if not form.is_valid():
            return None
        try:
            return whatif.request_run(
                policy=policy,
                terms=form.terms,
                scope=form.cleaned_data["try_scope"],
                wanted=form.cleaned_data["try_count"] or whatif.USUAL,
                actor=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except DomainError as error:
            request.try_refusal = error  # type: ignore[attr-defined]
            return None

    def _run(self, request: HttpRequest, object_id: str, run_id: int) -> WhatIfRun:
        policy = self.get_object(request, unquote(object_id))
        runs = WhatIfRun.objects.select_related("policy", "calendar", "compared_with__calendar", "requested_by")
        run = runs.filter(policy=policy, pk=run_id).first() if isinstance(policy, SlaPolicy) else None
        if run is None:
            raise Http404
        return run

    def try_view(self, request: HttpRequest, object_id: str, run_id: int) -> HttpResponse:
        """How far a try is, or what it found."""
        run = self._run(request, object_id, run_id)
        draft, before = run.draft(), run.compared_with
        names = waiting_reason_names()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try on past tickets"),
            "opts": self.opts,
            "run": run,
            "percent": 100 * run.done // run.total if run.total else 100,
            "differences": changes_of(before, draft, names) if before is not None else [],
            "targets": targets_of(run) if not run.is_open else [],
            "worst": worst_of(run, request.user) if not run.is_open else [],  # type: ignore[arg-type]
        }
        return TemplateResponse(request, "admin/escalation/slapolicy/try.html", context)

    def cancel_try_view(self, request: HttpRequest, object_id: str, run_id: int) -> HttpResponse:
        run = self._run(request, object_id, run_id)
        if whatif.cancel_run(run=run, at=timezone.now()):
            messages.success(request, _("The try was cancelled."))
        else:
            messages.info(request, _("This try had ended already."))
        return redirect(reverse("admin:escalation_slapolicy_try", args=[run.policy_id, run.pk]))

    @admin.display(description=gettext_lazy("earlier tries"))
    def tries(self, policy: SlaPolicy) -> SafeString | str:
        runs = policy.tries.select_related("requested_by")[: whatif.KEPT]
        lines = (
            (
                reverse("admin:escalation_slapolicy_try", args=[policy.pk, run.pk]),
                when(run.requested_at),
                run.get_state_display(),
                run.get_scope_display(),
                run.requested_by.get_full_name(),
            )
            for run in runs
        )
        listed = format_html_join("", '<li><a href="{}">{}</a> · {} · {} · {}</li>', lines)
        return format_html("<ul>{}</ul>", listed) if listed else "–"
