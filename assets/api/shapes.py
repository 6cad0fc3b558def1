"""The shapes of answers, for the schema only: `assets/api/output.py` writes them."""

from __future__ import annotations

from rest_framework import serializers as s

from assets.choices import (
    AssetState,
    AttributeKind,
    CustodyKind,
    CustodyState,
    CustodyVia,
    EventCode,
    RelationKind,
)
from assets.lifecycle import Command
from assets.models import LicenceEvent
from assets.services.stocktaking import Outcome
from helpdesk.common.rest.shapes import Person

COMMANDS = [(command.value, command.value) for command in Command]
_DESK = "Null where the viewer is not of the desk."


class AttributeShape(s.Serializer):
    code = s.CharField()
    name = s.CharField()
    kind = s.ChoiceField(AttributeKind.choices)
    is_required = s.BooleanField()
    choices = s.ListField(child=s.CharField(), help_text="Codes of the answers, for the kind `choice`.")


class AssetTypeShape(s.Serializer):
    code = s.CharField()
    name = s.CharField()
    is_software = s.BooleanField()
    is_retired = s.BooleanField()
    attributes = AttributeShape(many=True)


class AssetShape(s.Serializer):
    id = s.IntegerField()
    tag = s.CharField()
    type = s.CharField(help_text="A code of `asset-types/`.")
    title = s.CharField(help_text="What people call it.")
    name = s.CharField()
    manufacturer = s.CharField()
    model = s.CharField()
    serial = s.CharField()
    hostname = s.CharField()
    state = s.ChoiceField(AssetState.choices)
    state_since = s.DateTimeField()
    holder = Person(allow_null=True)
    is_confirmed = s.BooleanField(help_text="False while the holder hasn't said that they have it.")
    lent_until_on = s.DateField(allow_null=True)
    ip = s.CharField(allow_null=True, help_text=_DESK)
    mac = s.CharField(allow_null=True, help_text=_DESK)
    location = s.CharField(allow_null=True, help_text=_DESK)
    department = s.IntegerField(allow_null=True, help_text=_DESK)
    vendor = s.IntegerField(allow_null=True, help_text=f"An id of `vendors/`. {_DESK}")
    contract = s.IntegerField(allow_null=True, help_text=_DESK)
    warranty_until_on = s.DateField(allow_null=True, help_text=_DESK)
    purchased_on = s.DateField(allow_null=True, help_text=_DESK)
    order_number = s.CharField(allow_null=True, help_text=_DESK)
    price = s.CharField(allow_null=True, help_text=_DESK)
    notes = s.CharField(allow_null=True, help_text=_DESK)
    attributes = s.DictField(allow_null=True, help_text=f"Values by the codes of the type's attributes. {_DESK}")
    created_at = s.DateTimeField()
    updated_at = s.DateTimeField()
    version = s.IntegerField()


class TransitionShape(s.Serializer):
    command = s.ChoiceField(COMMANDS)
    needs = s.ListField(child=s.CharField())
    takes = s.ListField(child=s.CharField())


class TransitionsShape(s.Serializer):
    state = s.ChoiceField(AssetState.choices)
    version = s.IntegerField()
    transitions = TransitionShape(many=True)


class AssetCustodyShape(s.Serializer):
    id = s.IntegerField()
    asset = s.CharField()
    kind = s.ChoiceField(CustodyKind.choices)
    person = Person()
    given_by = Person(allow_null=True)
    at = s.DateTimeField()
    condition = s.CharField()
    accessories = s.CharField()
    lent_until_on = s.DateField(allow_null=True)
    state = s.ChoiceField(CustodyState.choices)
    answered_at = s.DateTimeField(allow_null=True)
    via = s.ChoiceField(CustodyVia.choices, allow_null=True)
    signed_name = s.CharField()
    answer = s.CharField()


class ChangeShape(s.Serializer):
    field = s.CharField(help_text="A field of the asset, or `attributes.<code>`.")
    label = s.CharField(  # type: ignore[assignment]  # a field of this name, not the label of one
        help_text="What pages call it, in the language of the caller; so are the texts."
    )
    before = s.CharField(allow_blank=True)
    after = s.CharField(allow_blank=True)


class AssetEventShape(s.Serializer):
    id = s.IntegerField()
    code = s.ChoiceField(EventCode.choices)
    at = s.DateTimeField()
    actor = Person(allow_null=True)
    person = Person(allow_null=True, help_text="Whom a hand-out or return is about.")
    other = s.CharField(allow_null=True, help_text="The tag of the asset that was connected.")
    reason = s.CharField(allow_blank=True, help_text="For an import the name of its file.")
    changes = ChangeShape(many=True, help_text="For `edited` and `imported`.")


class RelationShape(s.Serializer):
    id = s.IntegerField()
    kind = s.ChoiceField(RelationKind.choices)
    source = s.CharField(  # type: ignore[assignment]  # a field of this name, not the name of one
        help_text="The asset that is part of, connected to or installed on `target`."
    )
    target = s.CharField()
    since = s.DateTimeField()
    until = s.DateTimeField(allow_null=True)


class LicenceShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    edition = s.CharField()
    vendor = s.IntegerField(allow_null=True)
    contract = s.IntegerField(allow_null=True)
    has_key = s.BooleanField(help_text="Keys are shown on the page alone.")
    seats = s.IntegerField()
    used = s.IntegerField()
    expires_on = s.DateField(allow_null=True)
    remind_days = s.IntegerField()
    notes = s.CharField()
    is_retired = s.BooleanField()
    version = s.IntegerField()


class SeatShape(s.Serializer):
    id = s.IntegerField()
    licence = s.IntegerField()
    person = Person(allow_null=True)
    asset = s.CharField(allow_null=True)
    since = s.DateTimeField()
    until = s.DateTimeField(allow_null=True)
    is_wasted = s.BooleanField(help_text="Taken by somebody who has left, or by what is lost or retired.")


class OwnSeatShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField(help_text="Name and edition of the licence.")
    asset = s.CharField(allow_null=True, help_text="The tag, where the seat goes with an asset.")
    since = s.DateTimeField()
    expires_on = s.DateField(allow_null=True, help_text="The last day; null where it doesn't end.")


class LicenceEventShape(s.Serializer):
    id = s.IntegerField()
    code = s.ChoiceField(LicenceEvent.Code.choices)
    at = s.DateTimeField()
    actor = Person(allow_null=True)
    person = Person(allow_null=True, help_text="Whose seat it was about; or `asset`.")
    asset = s.CharField(allow_null=True)
    changed = s.ListField(child=s.CharField(), help_text="The fields that were edited.")


class StocktakeShape(s.Serializer):
    id = s.IntegerField()
    name = s.CharField()
    location = s.CharField()
    department = s.IntegerField(allow_null=True)
    type = s.CharField(allow_null=True)
    started_at = s.DateTimeField()
    started_by = Person()
    ended_at = s.DateTimeField(allow_null=True)


class StocktakeItemShape(s.Serializer):
    id = s.IntegerField()
    code = s.CharField()
    asset = s.CharField(allow_null=True)
    is_expected = s.BooleanField()
    expected_place = s.CharField()
    found_at = s.DateTimeField(allow_null=True)
    found_by = Person(allow_null=True)
    seen_place = s.CharField()
    note = s.CharField()


class CountedShape(s.Serializer):
    outcome = s.ChoiceField([(code.value, code.value) for code in Outcome])
    item = StocktakeItemShape()


class StocktakeEndShape(s.Serializer):
    ended_at = s.DateTimeField()
    refused = s.ListField(child=s.CharField(), help_text="Tags that couldn't be reported lost.")
