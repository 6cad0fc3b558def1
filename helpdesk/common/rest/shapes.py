"""Shapes of answers that many resources share, for the schema only."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s


def shape(name: str, /, **fields: s.Field[Any, Any, Any, Any]) -> type[s.Serializer[Any]]:
    """A serializer class of these fields."""
    return type(name, (s.Serializer,), fields)


class Person(s.Serializer[Any]):
    username = s.CharField(allow_null=True, help_text="Null for people of the desk where the viewer is not of it.")
    name = s.CharField()


def page_of(row: type[s.Serializer[Any]], name: str) -> type[s.Serializer[Any]]:
    """The shape of a page of these rows."""
    return shape(
        f"{name}Page",
        next=s.URLField(allow_null=True),
        previous=s.URLField(allow_null=True),
        results=row(many=True),
    )
