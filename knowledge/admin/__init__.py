"""Pages of the administration: the topics of the knowledge base. Articles have pages of their own."""

from knowledge.admin import topics

__all__ = ["topics"]
