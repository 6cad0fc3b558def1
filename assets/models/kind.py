from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from assets.attributes import Option
from assets.choices import AttributeKind
from helpdesk.accounts.models import User
from helpdesk.common.bilingual import BilingualName

CODE = RegexValidator(r"^[a-z][a-z0-9_]*$", _("Use small letters, digits and _, beginning with a letter."))
ICONS = {
    "monitor": "board",
    "printer": "print",
    "phone": "phone",
    "network": "wifi",
    "server": "rows",
    "accessory": "keyboard",
}


class AssetTypeQuerySet(models.QuerySet["AssetType"]):
    def visible_to(self, viewer: User) -> AssetTypeQuerySet:
        """The desk's; others meet a type only as a word on what they have."""
        return self.all() if viewer.is_desk else self.none()

    def on_offer(self) -> AssetTypeQuerySet:
        return self.filter(is_retired=False)


class AssetType(BilingualName):
    """A kind of device or software, with attributes of its own."""

    code = models.SlugField(_("code"), max_length=40, unique=True, validators=[CODE])
    is_software = models.BooleanField(
        _("software"), default=False, help_text=_("Has no place, and no network address.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_retired = models.BooleanField(
        _("retired"), default=False, help_text=_("Kept on what there is, no longer offered.")
    )

    objects = AssetTypeQuerySet.as_manager()
    history = HistoricalRecords()

    @property
    def icon(self) -> str:
        """The sign beside its name: of the types that a new installation has, else of a device or of software."""
        return ICONS.get(self.code, "grid" if self.is_software else "laptop")

    class Meta:
        verbose_name = _("type of asset")
        verbose_name_plural = _("types of assets")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["name_zh"], name="asset_type_name_once")]


class AssetAttribute(BilingualName):
    """Something that is noted of the assets of one type. The values stand on the asset, under `code`."""

    type = models.ForeignKey(AssetType, on_delete=models.CASCADE, related_name="attributes")
    code = models.SlugField(_("code"), max_length=40, validators=[CODE])
    kind = models.CharField(_("kind"), max_length=8, choices=AttributeKind.choices, default=AttributeKind.TEXT)
    choices = models.TextField(
        _("choices"),
        blank=True,
        max_length=4000,
        help_text=_("For the kind “choice”: one on each line, as code | Chinese | English."),
    )
    is_required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        ordering = ["type", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["type", "code"], name="asset_attribute_code_once"),
            models.UniqueConstraint(fields=["type", "name_zh"], name="asset_attribute_name_once"),
        ]

    @property
    def options(self) -> list[Option]:
        """What may be chosen, in the order of the lines."""
        rows = ([part.strip() for part in line.split("|")] for line in self.choices.splitlines() if line.strip())
        return [Option(row[0], row[1] if len(row) > 1 else row[0], row[2] if len(row) > 2 else "") for row in rows]

    def values(self) -> set[Any]:
        """What stands on assets under this code. They know an attribute by its code only."""
        noted = self.type.assets.filter(attributes__has_key=self.code)
        return set(noted.values_list(KeyTransform(self.code, "attributes"), flat=True))

    def clean(self) -> None:
        super().clean()
        if self.pk is not None:
            self._keep_values()
        if self.kind != AttributeKind.CHOICE:
            return
        codes = [option.code for option in self.options]
        if len(codes) < 2:
            raise ValidationError({"choices": _("Write at least two choices, one on each line.")})
        if len(codes) != len(set(codes)) or "" in codes:
            raise ValidationError({"choices": _("Each choice needs a code of its own.")})

    def _keep_values(self) -> None:
        """Raise ValidationError where values on assets would lose their meaning, and be gone with the next edit."""
        stored = AssetAttribute.objects.get(pk=self.pk)
        values = stored.values()
        if not values:
            return
        if self.code != stored.code:
            raise ValidationError({"code": _("Assets have values under this code. It can't change any more.")})
        if self.kind != stored.kind:
            raise ValidationError({"kind": _("Assets have values of this kind. It can't change any more.")})
        missing = values - {option.code for option in self.options}
        if self.kind == AttributeKind.CHOICE and missing:
            names = ", ".join(sorted(map(str, missing)))
            raise ValidationError(
                {"choices": _("Assets have these choices, so they must stay: %(names)s.") % {"names": names}}
            )
