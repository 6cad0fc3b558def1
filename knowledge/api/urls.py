from __future__ import annotations

from django.urls import path

from knowledge.api import views

urlpatterns = [
    path("articles/", views.ArticleList.as_view(), name="articles"),
    path("articles/<int:article_id>/", views.ArticleDetail.as_view(), name="article"),
    path("articles/<int:article_id>/transitions/", views.ArticleTransitions.as_view(), name="article_transitions"),
    path("articles/<int:article_id>/versions/", views.ArticleVersions.as_view(), name="article_versions"),
    path("articles/<int:article_id>/feedback/", views.ArticleOpinions.as_view(), name="article_feedback"),
    path("articles/<int:article_id>/files/", views.ArticleFiles.as_view(), name="article_files"),
]
