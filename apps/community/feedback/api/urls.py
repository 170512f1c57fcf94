"""URLs of the REST API."""

from django.urls import path

from apps.registry.repos.routes import API_REPO

from . import boards, changelog, ideas, reviews

ROOT = "api/v1/feedback"
BOARD, IDEA = f"{ROOT}/boards/<slug:board>", f"{ROOT}/ideas/<slug:idea_key>"
ENTRY, REVIEW = f"{ROOT}/changelog/<slug:entry_key>", f"{ROOT}/reviews/<slug:review_key>"

urlpatterns = [
    path(f"{ROOT}/boards", boards.BoardList.as_view(), name="api_boards"),
    path(BOARD, boards.OneBoard.as_view(), name="api_board"),
    path(f"{BOARD}/statuses", boards.Statuses.as_view(), name="api_board_statuses"),
    path(f"{BOARD}/labels", boards.Labels.as_view(), name="api_board_labels"),
    path(f"{BOARD}/export", boards.Export.as_view(), name="api_board_export"),
    path(f"{BOARD}/import", boards.Import.as_view(), name="api_board_import"),
    path(f"{BOARD}/ideas", ideas.BoardIdeas.as_view(), name="api_board_ideas"),
    path(f"{BOARD}/similar-ideas", ideas.SimilarIdeas.as_view(), name="api_similar_ideas"),
    path(f"{BOARD}/changelog", changelog.BoardChangelog.as_view(), name="api_board_changelog"),
    path(f"{ROOT}/ideas", ideas.IdeaList.as_view(), name="api_ideas"),
    path(IDEA, ideas.OneIdea.as_view(), name="api_idea"),
    path(f"{IDEA}/vote", ideas.IdeaVote.as_view(), name="api_idea_vote"),
    path(f"{IDEA}/voters/<ns:person>", ideas.IdeaVoter.as_view(), name="api_idea_voter"),
    path(f"{IDEA}/status", ideas.IdeaStatus.as_view(), name="api_idea_status"),
    path(f"{IDEA}/status-changes", ideas.StatusChanges.as_view(), name="api_idea_status_changes"),
    path(f"{IDEA}/merge", ideas.IdeaMerging.as_view(), name="api_idea_merge"),
    path(f"{ROOT}/changelog", changelog.ChangelogList.as_view(), name="api_changelog"),
    path(ENTRY, changelog.OneEntry.as_view(), name="api_changelog_entry"),
    path(f"{ENTRY}/publication", changelog.EntryPublication.as_view(), name="api_entry_publication"),
    path(f"{API_REPO}/reviews", reviews.RepoReviews.as_view(), name="api_reviews"),
    path(f"{API_REPO}/rating", reviews.RepoRating.as_view(), name="api_rating"),
    path(REVIEW, reviews.OneReview.as_view(), name="api_review"),
    path(f"{REVIEW}/helpful", reviews.ReviewHelpful.as_view(), name="api_review_helpful"),
    path(f"{REVIEW}/reply", reviews.OwnerReply.as_view(), name="api_review_reply"),
]
