"""URLs of the REST API."""

from django.urls import path

from . import boards, changelog, ideas

ROOT = "api/v1/feedback"
BOARD, IDEA = f"{ROOT}/boards/<slug:board>", f"{ROOT}/ideas/<slug:idea_key>"
ENTRY = f"{ROOT}/changelog/<slug:entry_key>"

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
]
