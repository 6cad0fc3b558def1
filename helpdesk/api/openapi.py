"""The OpenAPI schema: refusals for every method, strict inputs, and how to sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

REFUSALS = {
    "400": "The input is wrong; `fields` says where.",
    "401": "No valid token and no session.",
    "403": "You may see this, but not do that; or the token may only read.",
    "404": "There is no such thing, or you may not see it.",
    "405": "This address doesn't know this method.",
    "406": "Answers are JSON.",
    "409": "Not possible now: somebody was faster (`stale_version`, with the present `version`), or the wrong state.",
    "413": "The body or a file is too large.",
    "415": "The body has a type that isn't read here.",
    "422": "The idempotency key was used for another request.",
    "429": "Too many requests; `Retry-After` says when to come back.",
    "503": "The database is away or can't be written to; nothing was done.",
}
ALWAYS = ("400", "401", "403", "404", "405", "406", "429", "503")
WHEN_CHANGING = ("409", "413", "415", "422")
ERROR = {
    "type": "object",
    "properties": {
        "code": {"type": "string", "description": "Stable; meant for programs."},
        "detail": {"type": "string", "description": "A sentence in the language of Accept-Language."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "Sentences by the name of the field they are about; nested names have dots.",
        },
        "version": {"type": "integer", "description": "With `stale_version`: the present version."},
        "status": {"type": "string", "description": "With a refused command: where the ticket stands."},
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "With a refused command: what is possible instead.",
        },
    },
    "required": ["code", "detail", "fields"],
}


class Schema(AutoSchema):
    """Adds to every method the refusals it may answer with."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            codes = ALWAYS + (() if self.method in ("GET", "HEAD") else WHEN_CHANGING)
            for code in codes:
                operation["responses"].setdefault(code, {"$ref": f"#/components/responses/{code}"})
            operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation


def finish(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Inputs take no unknown fields; the refusals get their shape."""
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name, schema in schemas.items():
        if name.endswith("InputRequest") and schema.get("type") == "object":
            schema["additionalProperties"] = False
    schemas["Error"] = ERROR
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    components["responses"] = {code: {"description": text, "content": content} for code, text in REFUSALS.items()}
    return result


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "helpdesk.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>`; made on your profile page or by `manage.py create_token`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "helpdesk.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The browser's session; changes also need the header `X-CSRFToken`.",
        }
