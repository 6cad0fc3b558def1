"""What all resources of the API share: the order of the checks, and doing a thing once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from helpdesk.common.errors import InvalidInput, NotAllowed, TooLarge, Unprocessable
from helpdesk.common.idempotency import once
from helpdesk.common.rest.parsers import MAX_JSON_BYTES

KEY = re.compile(r"[\x21-\x7e]{1,255}")
REPLAYED = "Idempotency-Replayed"


class ApiView(APIView):
    """A resource. Unreadable input is refused first, then strangers, then callers in a hurry, then the forbidden."""

    http_method_names = ("get", "head", "post", "put", "patch", "delete")
    # The query parameters of GET. Anything else is refused: a misspelt filter that is ignored shows the wrong rows.
    query_parameters: ClassVar[frozenset[str]] = frozenset()
    may_be_empty: ClassVar[frozenset[str]] = frozenset({"q", "search"})
    max_body: ClassVar[int] = MAX_JSON_BYTES

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        _refuse_large_body(request, self.max_body)
        _refuse_broken_query(request)
        try:
            self.perform_authentication(request)
        except APIException:
            # Guessing tokens counts against the address it comes from.
            self.check_throttles(request)
            raise
        self.check_throttles(request)
        self.check_permissions(request)
        self._refuse_wrong_parameters(request)

    def _refuse_wrong_parameters(self, request: Request) -> None:
        given = request.query_params
        if request.method in ("GET", "HEAD"):
            known = self.query_parameters
            wrong = {name: [_("There is no such parameter here.")] for name in given if name not in known}
            for name in known & given.keys() - self.may_be_empty:
                if not all(given.getlist(name)):
                    wrong[name] = [_("Give a value, or leave the parameter out.")]
        else:
            wrong = {name: [_("This method takes no parameters.")] for name in given}
        if wrong and hasattr(self, (request.method or "").lower()):
            raise InvalidInput(fields=wrong)

    @property
    def viewer(self) -> Any:
        """The person who asks; the permission classes let nobody else in."""
        return self.request.user

    def read_input(self, serializer: BaseSerializer[Any]) -> dict[str, Any]:
        """The checked input. Raises ValidationError."""
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def run_once(self, request: Request, act: Callable[[], Response]) -> HttpResponse:
        """The answer of `act`; under an Idempotency-Key the same one for every repetition of this request."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return act()
        if not KEY.fullmatch(key):
            text = _("Use 1 to 255 visible ASCII characters.")
            raise InvalidInput(fields={"Idempotency-Key": [text]})

        def answered() -> tuple[int, str]:
            response = act()
            return response.status_code, JSONRenderer().render(response.data).decode()

        try:
            answer = once(
                user_id=self.viewer.pk, key=key, request_hash=request_hash(request), at=timezone.now(), act=answered
            )
        except Unprocessable:
            # The first answer, which the refusal carries for pages, has no place in this one.
            raise Unprocessable from None
        response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
        if answer.is_replay:
            response[REPLAYED] = "true"
        return response


class DeskView(ApiView):
    """Something that only the desk may read (I7 of the security design)."""

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not self.viewer.is_desk:
            raise NotAllowed


def request_hash(request: Request) -> str:
    """What makes two requests the same: method, path and the values sent, however they were written."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    data: Mapping[str, Any] = request.data  # type: ignore[assignment]
    plain = {name: value for name, value in data.items() if not isinstance(value, UploadedFile)}
    digest.update(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode())
    for name, file in sorted(request.FILES.items()):
        digest.update(f"\n{name} {ascii(file.name)}\n".encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()


def _refuse_large_body(request: Request, limit: int) -> None:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise ParseError(_("The length of the body is not a number.")) from None
    if length > limit:
        raise TooLarge(_("The body is larger than %(limit)d kB.") % {"limit": limit >> 10})


def _refuse_broken_query(request: Request) -> None:
    query = request.META.get("QUERY_STRING", "")
    if "%" not in query and query.isascii():
        return
    raw = unquote_to_bytes(query)
    try:
        is_broken = "\x00" in raw.decode("utf-8")
    except UnicodeDecodeError:
        is_broken = True
    if is_broken:
        raise ParseError(_("The address contains characters that can't be stored."))
