"""Service level policies with a preview of due times, and the rules that choose among them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escalation.admin.tries import TryingAdmin, TryingForm
from escalation.alarm import BREACH
from escalation.forms import PercentField, WorkingTimeField
from escalation.keeping import ESCALATING, PAUSABLE
from escalation.models import BusinessCalendar, SlaPolicy, SlaPolicyVersion, SlaRule
from escalation.selectors import promises, waiting_reason_names
from escalation.services import policies as services
from escalation.version_words import changes_of
from helpdesk.common.administration import ConfigurationAdmin, ReasonForm, reason_of
from helpdesk.common.errors import DomainError
from helpdesk.common.templatetags.hd import when
from tickets.choices import TARGET_LABELS
from tickets.targets import Target

FRIDAY = 4
# A new policy begins with these.
ESCALATED_BREACHES = (Target.RESPONSE, Target.RESOLUTION)
VERSIONS_SHOWN = 20


def sample_moments(now: datetime) -> list[datetime]:
    """Moments that show what a calendar does: now, the coming Friday at five, and the Saturday behind it at ten."""
    local = timezone.localtime(now).replace(second=0, microsecond=0)
    friday = local + timedelta(days=(FRIDAY - local.weekday()) % 7)
    return [local, friday.replace(hour=17, minute=0), (friday + timedelta(days=1)).replace(hour=10, minute=0)]


def _escalates(at: datetime | None) -> SafeString | str:
    return format_html(_(", escalates %(when)s") % {"when": "{}"}, when(at)) if at is not None else ""


class PolicyForm(TryingForm):
    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Business calendar"), queryset=BusinessCalendar.objects.filter(is_retired=False)
    )
    receipt = WorkingTimeField(
        label=TARGET_LABELS[Target.RECEIPT],
        help_text=gettext_lazy("Until somebody has registered or classified the request."),
    )
    response = WorkingTimeField(
        label=TARGET_LABELS[Target.RESPONSE],
        help_text=gettext_lazy("Until somebody accepts the ticket or first writes to the requester."),
    )
    update = WorkingTimeField(
        label=TARGET_LABELS[Target.UPDATE],
        help_text=gettext_lazy("Between two messages to the requester while work goes on."),
    )
    resolution = WorkingTimeField(
        label=TARGET_LABELS[Target.RESOLUTION], help_text=gettext_lazy("Until a solution is proposed.")
    )
    confirmation = WorkingTimeField(
        label=TARGET_LABELS[Target.CONFIRMATION], help_text=gettext_lazy("Until the requester has confirmed it.")
    )
    thresholds = PercentField(
        label=gettext_lazy("Tell at per cent"),
        initial=[50, 75, 90, 100],
        help_text=gettext_lazy("How much of a target is used up when somebody is told; 100 is the breach."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = waiting_reason_names()
        current = self.instance.current if self.instance.pk else None
        for target in PAUSABLE:
            self.fields[f"pause_{target}"] = forms.MultipleChoiceField(
                label=_("“%(target)s” stands still while waiting for") % {"target": TARGET_LABELS[target]},
                required=False,
                choices=list(reasons.items()),
                initial=current.pauses.get(target.value, []) if current else [],
                widget=forms.CheckboxSelectMultiple,
            )
        for target in ESCALATING:
            percent = current.escalate_at.get(target.value) if current else None
            self.fields[f"escalate_{target}"] = forms.IntegerField(
                label=_("“%(target)s” escalates at per cent") % {"target": TARGET_LABELS[target]},
                required=False,
                initial=BREACH if current is None and target in ESCALATED_BREACHES else percent,
                error_messages={"invalid": _("Give a whole number of per cent, like 100.")},
                help_text=self._escalation_help(target),
                widget=forms.NumberInput(attrs={"class": "vIntegerField"}),
            )
        if current is not None:
            self.fields["calendar"].queryset |= BusinessCalendar.objects.filter(pk=current.calendar_id)  # type: ignore[attr-defined]
            self.fields["calendar"].initial = current.calendar_id
            self.fields["thresholds"].initial = current.thresholds
            for target in Target:
                self.fields[target.value].initial = current.targets.get(target.value)

    @staticmethod
    def _escalation_help(target: Target) -> str:
        if target == Target.UPDATE:
            return _("Of the time between two messages; 300 means three times as long without a word.")
        return _("100 is the moment when the target is missed.")

    def _escalation(self, cleaned: dict[str, Any]) -> dict[str, int]:
        """What was filled in; a value that nobody touched goes with its target."""
        percents = {target.value: cleaned[f"escalate_{target}"] for target in ESCALATING}
        return {
            target: percent
            for target, percent in percents.items()
            if percent is not None and (cleaned[target] is not None or f"escalate_{target}" in self.changed_data)
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        self.terms = services.Terms(
            calendar=cleaned["calendar"],
            targets={target.value: cleaned[target.value] for target in Target if cleaned[target.value] is not None},
            pauses={target.value: cleaned[f"pause_{target}"] for target in PAUSABLE},
            thresholds=cleaned["thresholds"],
            escalate_at=self._escalation(cleaned),
        )
        try:
            services.refuse_bad_terms(self.terms)
        except DomainError as error:
            if "targets" in error.fields:
                error.fields[Target.RESOLUTION.value] = error.fields.pop("targets")
            self.refuse(error)
        return cleaned


@admin.register(SlaPolicy)
class SlaPolicyAdmin(TryingAdmin):
    form = PolicyForm
    list_display = ("name", "version_in_force", "is_retired")
    search_fields = ("name_zh", "name_en")
    readonly_fields = ("preview", "earlier_versions", "tries")

    def field_groups(self, obj: Any) -> Any:
        groups: list[Any] = [
            (gettext_lazy("Name"), {"fields": [("name_zh", "name_en"), "calendar"]}),
            (
                gettext_lazy("Targets"),
                {
                    "fields": [target.value for target in Target],
                    "description": gettext_lazy("In working time, like 30m, 8h or 2h 30m. Empty: no such target."),
                },
            ),
            (
                gettext_lazy("Pauses and notices"),
                {"fields": [*(f"pause_{target}" for target in PAUSABLE), "thresholds"]},
            ),
            (
                gettext_lazy("Escalation"),
                {
                    "fields": [f"escalate_{target}" for target in ESCALATING],
                    "description": gettext_lazy(
                        "How much of a target is used up when the ticket goes up by itself. Empty: never."
                    ),
                },
            ),
        ]
        if obj is not None:
            groups.append((gettext_lazy("What it means"), {"fields": ["preview", "earlier_versions"]}))
            groups.append(
                (
                    gettext_lazy("Try on past tickets"),
                    {
                        "fields": ["try_count", "try_scope", "tries"],
                        "description": gettext_lazy(
                            "Shows how many tickets would have missed a time with what stands in this form, beside the "
                            "version in force. Nothing is saved, and no ticket changes."
                        ),
                        "classes": ["try"],
                    },
                )
            )
        return groups

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The fields of a version are the form's own, not the model's."""
        return super().get_form(request, obj, change, **{**kwargs, "fields": ("name_zh", "name_en")})

    @admin.display(description=gettext_lazy("version"))
    def version_in_force(self, policy: SlaPolicy) -> str:
        current = policy.current
        return f"{current.number} ({current.calendar})" if current else "–"

    @admin.display(description=gettext_lazy("due times"))
    def preview(self, policy: SlaPolicy) -> SafeString:
        """What the version in force would promise for sample moments."""
        current = policy.current
        if current is None:
            return format_html("–")
        return format_html(
            '<table class="preview">{}</table>',
            format_html_join("", "{}", ((self._line(current, moment),) for moment in sample_moments(timezone.now()))),
        )

    @staticmethod
    def _line(version: SlaPolicyVersion, raised_at: datetime) -> SafeString:
        cells = format_html_join(
            "",
            "<td>{} {}{}</td>",
            (
                (TARGET_LABELS[promise.target], when(promise.due_at), _escalates(promise.escalates_at))
                for promise in promises(version, raised_at)
            ),
        )
        raised = format_html(_("raised %(when)s") % {"when": "{}"}, when(raised_at))
        return format_html('<tr><th scope="row">{}</th>{}</tr>', raised, cells)

    @admin.display(description=gettext_lazy("versions"))
    def earlier_versions(self, policy: SlaPolicy) -> SafeString:
        """The newest first, each with what it changed."""
        versions = list(policy.versions.select_related("published_by", "calendar")[: VERSIONS_SHOWN + 1])
        names = waiting_reason_names()
        lines = []
        for version, before in zip_longest(versions[:VERSIONS_SHOWN], versions[1 : VERSIONS_SHOWN + 1]):
            changes = changes_of(before, version, names) if before is not None else [_("The first version.")]
            lines.append(
                (
                    version.number,
                    when(version.published_at),
                    version.published_by.get_full_name(),
                    version.reason or "–",
                    format_html_join("", "<li>{}</li>", ((change,) for change in changes)),
                )
            )
        return format_html(
            '<ol class="versions">{}</ol>',
            format_html_join("", '<li value="{}">{} · {} · {}<ul>{}</ul></li>', lines),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.publish(
            policy=obj,
            terms=form.terms,
            actor=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            reason=reason_of(form),
        )

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        services.retire_policy(policy=obj, is_retired=is_retired, actor=actor)


class RuleForm(ReasonForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        wanted = SlaRule(pk=self.instance.pk)
        for name in ("position", *SlaRule.CONDITIONS, "policy"):
            setattr(wanted, name, cleaned[name])
        try:
            services.refuse_unreachable(wanted)
        except DomainError as error:
            self.refuse(error)
        return cleaned


@admin.register(SlaRule)
class SlaRuleAdmin(ConfigurationAdmin):
    form = RuleForm
    list_display = ("position", "__str__")
    list_display_links = ("__str__",)
    list_select_related = SlaRule.RELATED
    autocomplete_fields = ("category", "department", "requester_group")

    def field_groups(self, obj: Any) -> Any:
        return [
            (
                gettext_lazy("Tickets"),
                {
                    "fields": SlaRule.CONDITIONS,
                    "description": gettext_lazy("What is left empty fits every ticket."),
                },
            ),
            (gettext_lazy("Policy"), {"fields": ["policy", "position"]}),
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("policy", "kind"):
            kwargs["queryset"] = db_field.related_model.objects.filter(is_retired=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.delete_rule(rule=obj, actor=request.user)  # type: ignore[arg-type]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.save_rule(rule=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]
