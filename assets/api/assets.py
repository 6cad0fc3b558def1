"""Assets over the API: the register, the acts of the table, hand-outs and returns, and what belongs together."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from assets.api import inputs, output, shapes
from assets.changes import Past
from assets.choices import CustodyState, CustodyVia, RelationKind
from assets.filters import AssetFilter
from assets.lifecycle import RULES, Command
from assets.models import Asset, AssetEvent, AssetRelation, AssetType, CustodyAct
from assets.policies import can_keep_register
from assets.selectors import event_line, get_asset, possible_acts, waiting_act
from assets.services.acts import act_on_asset, data_of
from assets.services.custody import Answer, answer_custody, cancel_custody
from assets.services.register import change_asset, register_asset
from assets.services.relations import end_relation, relate
from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView, DeskView


class AssetTypeList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List asset types", answer=page_of(shapes.AssetTypeShape, "AssetType"))
    def get(self, request: Request) -> Response:
        """Types of assets with the attributes of each, retired ones included. Desk only."""
        rows = AssetType.objects.visible_to(self.viewer).prefetch_related("attributes")
        return Response(pages.answer_page(request, rows, [paging.number("id")], output.asset_type))


class AssetList(ApiView):
    query_parameters = pages.PARAMETERS | frozenset(AssetFilter.base_filters)

    @document("List assets", answer=page_of(shapes.AssetShape, "Asset"), parameters=inputs.FILTERS)
    def get(self, request: Request) -> Response:
        """The register by tag, filtered. Who isn't of the desk gets what they hold themselves."""
        everything = Asset.objects.visible_to(self.viewer)
        # The FilterSet asks for `request.user`; the API's request has it as Django's.
        found = AssetFilter(request.query_params, queryset=everything, request=request)
        if not found.is_valid():
            raise InvalidInput(fields={name: [str(text) for text in texts] for name, texts in found.errors.items()})
        details = everything.with_names()
        return Response(
            pages.answer_page(
                request, found.qs, [paging.word("tag")], lambda row: output.asset(row, self.viewer), details=details
            )
        )

    @document("Register an asset", body=inputs.AssetInput, answer=shapes.AssetShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """A new asset, in stock. Desk only."""
        if not can_keep_register(self.viewer):
            raise NotAllowed
        data = inputs.with_rows(self.read_input(inputs.AssetInput(data=request.data)), self.viewer)

        def act() -> Response:
            row = register_asset(fields=data, actor=self.viewer, at=timezone.now())
            return Response(output.asset(row, self.viewer), status=201)

        return self.run_once(request, act)


class AssetDetail(ApiView):
    @document("Read an asset", answer=shapes.AssetShape, parameters=[inputs.TAG])
    def get(self, request: Request, tag: str) -> Response:
        """One asset, by its tag."""
        return Response(output.asset(get_asset(tag=tag, viewer=self.viewer), self.viewer))

    @document(
        "Change an asset",
        body=inputs.AssetChangeInput,
        answer=shapes.AssetShape,
        parameters=[inputs.TAG],
        is_once=True,
    )
    def patch(self, request: Request, tag: str) -> HttpResponse:
        """What is noted of it. What isn't sent stays as it is; state and holder change by `transitions/`."""
        found = get_asset(tag=tag, viewer=self.viewer)
        if not can_keep_register(self.viewer):
            raise NotAllowed
        data = inputs.with_rows(self.read_input(inputs.AssetChangeInput(data=request.data)), self.viewer)
        version = data.pop("version", None)

        def act() -> Response:
            change_asset(asset_id=found.pk, version=version, fields=data, actor=self.viewer, at=timezone.now())
            row = Asset.objects.visible_to(self.viewer).with_names().filter(pk=found.pk).first()
            return Response(output.asset(row, self.viewer) if row is not None else {})

        return self.run_once(request, act)


class AssetTransitions(DeskView):
    @document("List transitions of an asset", answer=shapes.TransitionsShape, parameters=[inputs.TAG])
    def get(self, request: Request, tag: str) -> Response:
        """What can be done with it now, and what each act needs and takes."""
        row = get_asset(tag=tag, viewer=self.viewer)
        acts = possible_acts(row, waiting_act(row))
        transitions = [{"command": act, "needs": RULES[act].needs, "takes": data_of(act)} for act in acts]
        return Response({"state": row.state, "version": row.version, "transitions": transitions})

    @document(
        "Act on an asset",
        body=inputs.AssetTransitionInput,
        answer=shapes.AssetShape,
        parameters=[inputs.TAG],
        is_once=True,
    )
    def post(self, request: Request, tag: str) -> HttpResponse:
        """Carry out a command. Who gets an asset or gives it back is asked to confirm."""
        found = get_asset(tag=tag, viewer=self.viewer)
        data = self.read_input(inputs.AssetTransitionInput(data=request.data))
        command, version = Command(data.pop("command")), data.pop("version", None)
        if "person" in data:
            data["person"] = inputs.named_person(self.viewer, data["person"])

        def act() -> Response:
            act_on_asset(
                asset_id=found.pk, command=command, version=version, actor=self.viewer, at=timezone.now(), data=data
            )
            return Response(output.asset(get_asset(tag=found.tag, viewer=self.viewer), self.viewer))

        return self.run_once(request, act)


class AssetCustody(ApiView):
    query_parameters = pages.PARAMETERS

    @document(
        "List hand-outs of an asset",
        answer=page_of(shapes.AssetCustodyShape, "AssetCustody"),
        parameters=[inputs.TAG],
    )
    def get(self, request: Request, tag: str) -> Response:
        """Hand-outs and returns, oldest first; who isn't of the desk gets their own."""
        row = get_asset(tag=tag, viewer=self.viewer)
        acts = CustodyAct.objects.visible_to(self.viewer).filter(asset=row)
        acts = acts.select_related("asset", "person", "given_by")
        return Response(
            pages.answer_page(request, acts, [paging.number("id")], lambda act: output.custody(act, self.viewer))
        )


class AssetEvents(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List events of an asset", answer=page_of(shapes.AssetEventShape, "AssetEvent"), parameters=[inputs.TAG])
    def get(self, request: Request, tag: str) -> Response:
        """What was done, newest first; edits and imports name each field before and after, in the caller's language."""
        row = get_asset(tag=tag, viewer=self.viewer)
        events = AssetEvent.objects.visible_to(self.viewer).filter(asset=row).with_version().select_related("actor")
        # Whom an event is about has or had the asset.
        people = User.objects.visible_to(self.viewer).filter(custody_acts__asset=row).distinct().in_bulk()
        past = Past(row)

        def write(event: AssetEvent) -> dict[str, Any]:
            line = event_line(event, past, people.get(event.facts.get("person", 0)))
            return output.event(line, self.viewer)

        return Response(pages.answer_page(request, events, [paging.number("id", is_descending=True)], write))


class CustodyAnswer(ApiView):
    @document("Answer a hand-out", body=inputs.AnswerInput, answer=shapes.AssetCustodyShape, is_once=True)
    def post(self, request: Request, act_id: int) -> HttpResponse:
        """The person's own word on a hand-out or return: `accepted`, or `declined` with what is not right. With
        `signed_name` the desk passes on what the person said and signed on its screen."""
        if not CustodyAct.objects.visible_to(self.viewer).filter(pk=act_id).exists():
            raise NotVisible
        data = self.read_input(inputs.AnswerInput(data=request.data))
        is_yes = data["answer"] == CustodyState.ACCEPTED
        name = data.get("signed_name", "")
        via = CustodyVia.SCREEN if name else CustodyVia.API
        answer = Answer(is_yes=is_yes, via=via, words=data.get("words", ""), signed_name=name)

        def act() -> Response:
            row = answer_custody(act_id=act_id, answer=answer, actor=self.viewer, at=timezone.now())
            return Response(output.custody(row, self.viewer))

        return self.run_once(request, act)


class CustodyCancel(DeskView):
    @document("Cancel a return's confirmation", answer=shapes.AssetCustodyShape, is_once=True)
    def post(self, request: Request, act_id: int) -> HttpResponse:
        """The return stands and nobody is asked any more. 409 `custody_answered`, and `take_back_instead` for a hand-out."""

        def act() -> Response:
            row = cancel_custody(act_id=act_id, actor=self.viewer, at=timezone.now())
            return Response(output.custody(row, self.viewer))

        return self.run_once(request, act)


class AssetRelations(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List relations of an asset", answer=page_of(shapes.RelationShape, "Relation"), parameters=[inputs.TAG])
    def get(self, request: Request, tag: str) -> Response:
        """What belongs to it and to what it belongs, ended ones included."""
        row = get_asset(tag=tag, viewer=self.viewer)
        mine = AssetRelation.objects.visible_to(self.viewer)
        rows = (mine.filter(source=row) | mine.filter(target=row)).select_related("source", "target")
        return Response(pages.answer_page(request, rows, [paging.number("id")], output.relation))

    @document(
        "Connect two assets",
        body=inputs.RelationInput,
        answer=shapes.RelationShape,
        status=201,
        parameters=[inputs.TAG],
        is_once=True,
    )
    def post(self, request: Request, tag: str) -> HttpResponse:
        """This asset is part of, connected to or installed on the other one."""
        row = get_asset(tag=tag, viewer=self.viewer)
        data = self.read_input(inputs.RelationInput(data=request.data))
        other = named_asset(data["other"], self.viewer)

        def act() -> Response:
            kind = RelationKind(data["kind"])
            done = relate(asset_id=row.pk, other_id=other.pk, kind=kind, actor=self.viewer, at=timezone.now())
            return Response(output.relation(done), status=201)

        return self.run_once(request, act)


class RelationEnd(DeskView):
    @document("End a relation of assets", answer=shapes.RelationShape, is_once=True)
    def post(self, request: Request, relation_id: int) -> HttpResponse:
        """The two no longer belong together. A second time changes nothing."""

        def act() -> Response:
            row = end_relation(relation_id=relation_id, actor=self.viewer, at=timezone.now())
            return Response(output.relation(row))

        return self.run_once(request, act)


def named_asset(tag: str, viewer: Any, *, field: str = "other") -> Asset:
    """The asset that was named. Raises InvalidInput on `field`."""
    try:
        return get_asset(tag=tag, viewer=viewer)
    except NotVisible:
        raise InvalidInput(fields={field: [_("There is no asset with this tag.")]}) from None
