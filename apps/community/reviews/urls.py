"""URLs of reviews: the REST API, then the pages."""

from __future__ import annotations

from django.urls import path

from apps.registry.repos.routes import API_REPO, repo_routes

from . import views
from .api import reviews

REVIEW, API_REVIEW = "feedback/reviews/<slug:review_key>", "api/v1/feedback/reviews/<slug:review_key>"

urlpatterns = [
    path(f"{API_REPO}/reviews", reviews.RepoReviews.as_view(), name="api_repo_reviews"),
    path(f"{API_REPO}/rating", reviews.RepoRating.as_view(), name="api_rating"),
    path(API_REVIEW, reviews.OneReview.as_view(), name="api_repo_review"),
    path(f"{API_REVIEW}/helpful", reviews.ReviewHelpful.as_view(), name="api_repo_review_helpful"),
    path(f"{API_REVIEW}/reply", reviews.OwnerReply.as_view(), name="api_repo_review_reply"),
    path(REVIEW, views.review, name="review"),
    path(f"{REVIEW}/edit", views.edit, name="edit_review"),
    path(f"{REVIEW}/delete", views.delete, name="delete_review"),
    path(f"{REVIEW}/reply", views.reply, name="reply_to_review"),
    path(f"{REVIEW}/helpful", views.helpful, name="helpful_review"),
    *repo_routes([("/community", views.community, "community"), ("/reviews", views.write, "write_review")]),
]
