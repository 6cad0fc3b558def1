from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.models import User
from helpdesk.common.bilingual import BilingualName, in_language


class VendorQuerySet(models.QuerySet["Vendor"]):
    def visible_to(self, viewer: User) -> VendorQuerySet:
        """The register is the desk's own."""
        return self.all() if viewer.is_desk else self.none()

    def on_offer(self) -> VendorQuerySet:
        """Those with whom a new case may be opened."""
        return self.filter(is_retired=False)


class Vendor(BilingualName):
    """A company outside that helps with our tickets (M3.4-7). Vendors have no account here.

    Only `liaison` and `deputy` write to it. What comes from `email`, from one of its contacts or from `mail_domain`, and
    shows the token of a case, is the vendor's word.
    """

    liaison_id: int
    deputy_id: int | None
    email = models.EmailField(
        _("support address"), blank=True, help_text=_("Where our mails go. Empty: they are reached by phone or portal.")
    )
    mail_domain = models.CharField(
        _("domain of their mails"),
        max_length=120,
        blank=True,
        validators=[RegexValidator(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", _("Write a domain such as vendor.example."))],
        help_text=_(
            "Answers from any address there are theirs. Leave it empty where strangers have addresses there, too."
        ),
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    portal_url = models.URLField(_("their portal"), blank=True)
    hours_zh = models.CharField(_("Chinese hours"), max_length=120, blank=True)
    hours_en = models.CharField(_("English hours"), max_length=120, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        default="zh-hans",
        help_text=_("In which our mails to them are put together."),
    )
    liaison = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("liaison"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Speaks with this vendor and is told what is due. Nobody else writes to it, but the deputy."),
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=pgettext_lazy("liaison", "deputy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    is_retired = models.BooleanField(_("retired"), default=False, help_text=_("Kept on old cases, no longer offered."))

    objects = VendorQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ["name_zh", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deputy__isnull=True) | ~models.Q(deputy=models.F("liaison")),
                name="vendor_deputy_is_another",
                violation_error_message=_("The deputy has to be somebody else than the liaison."),
            )
        ]

    @property
    def hours(self) -> str:
        return in_language(self.hours_zh, self.hours_en, get_language())

    @property
    def speaker_ids(self) -> tuple[int, ...]:
        """Who may speak with it, the liaison first."""
        return (self.liaison_id,) if self.deputy_id is None else (self.liaison_id, self.deputy_id)


class VendorContact(models.Model):
    """A person at the vendor, or a second address of it."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("responsible for"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contact of a vendor")
        verbose_name_plural = _("contacts of vendors")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} · {self.role}" if self.role else self.name


class VendorContract(models.Model):
    """What a vendor owes us, under which number and until when. What no contract in force covers may cost money."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="contracts")
    number = models.CharField(_("contract number"), max_length=80)
    covers = models.CharField(_("covers"), max_length=300, blank=True)
    hours = models.CharField(_("service hours"), max_length=120, blank=True)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty: until it is ended."))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("contract with a vendor")
        verbose_name_plural = _("contracts with vendors")
        ordering = ["-starts_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="vendor_contract_number_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="vendor_contract_ends_after_start",
                violation_error_message=_("A contract can't end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.covers}" if self.covers else self.number

    def is_in_force(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
