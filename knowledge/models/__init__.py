from knowledge.models.article import AppliesTo, Article, ArticleQuerySet, Topic
from knowledge.models.file import ArticleFile
from knowledge.models.opinion import ArticleFeedback, Deflection
from knowledge.models.search import ArticleSearch
from knowledge.models.version import ArticleEvent, ArticleText, ArticleVersion

__all__ = [
    "AppliesTo",
    "Article",
    "ArticleEvent",
    "ArticleFeedback",
    "ArticleFile",
    "ArticleQuerySet",
    "ArticleSearch",
    "ArticleText",
    "ArticleVersion",
    "Deflection",
    "Topic",
]
