from __future__ import annotations

from django.urls import path

from knowledge.api import exchange, files, views

urlpatterns = [
    path("articles/", views.ArticleList.as_view(), name="articles"),
    path("articles/<int:article_id>/", views.ArticleDetail.as_view(), name="article"),
    path("articles/<int:article_id>/transitions/", views.ArticleTransitions.as_view(), name="article_transitions"),
    path("articles/<int:article_id>/versions/", views.ArticleVersions.as_view(), name="article_versions"),
    path("articles/<int:article_id>/feedback/", views.ArticleOpinions.as_view(), name="article_feedback"),
    path("articles/<int:article_id>/files/", files.ArticleFiles.as_view(), name="article_files"),
    path("articles/<int:article_id>/files/<uuid:uuid>/", files.ArticleFileOne.as_view(), name="article_file"),
    path(
        "articles/<int:article_id>/files/<uuid:uuid>/withdraw/",
        files.ArticleFileWithdrawal.as_view(),
        name="article_file_withdraw",
    ),
    path("articles/topics/", views.TopicList.as_view(), name="article_topics"),
    path("articles/import/", exchange.ArticleImport.as_view(), name="articles_import"),
    path("articles/export/", exchange.ArticleExport.as_view(), name="articles_export"),
]
