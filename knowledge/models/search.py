from __future__ import annotations

from django.db import models

from knowledge.models.article import Article


class ArticleSearch(models.Model):
    """The search tokens of one article's published words (docs/search.md). Drafts are not searched, so the second
    column, which is the desk's, stays empty."""

    article = models.OneToOneField(Article, primary_key=True, on_delete=models.CASCADE, related_name="+")
    public_tokens = models.TextField()
    internal_tokens = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.article_id)
