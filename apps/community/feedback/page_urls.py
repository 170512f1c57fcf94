"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.registry.repos.routes import repo_routes

from .views import boards, changelog, feeds, ideas, transfer, writing

BOARD, IDEA = "feedback/boards/<slug:board>", "feedback/ideas/<slug:idea_key>"
ENTRY = "feedback/changelog/<slug:entry_key>"


def _feed(route: str, view: object, name: str) -> list[URLPattern]:
    """Return the routes of a feed in both forms."""
    return [
        path(f"{route}.{form}", view, {"form": form}, name=f"feed_{name}_{form}")  # type: ignore[call-overload]
        for form in ("atom", "json")
    ]


urlpatterns: list[URLPattern] = [
    path("feedback", boards.boards, name="feedback"),
    path("feedback/new", boards.new_board, name="new_board"),
    path("feedback/changelog", changelog.changelog, name="changelog"),
    path(BOARD, boards.board, name="board"),
    path(f"{BOARD}/roadmap", boards.roadmap, name="board_roadmap"),
    path(f"{BOARD}/changelog", changelog.board_changelog, name="board_changelog"),
    path(f"{BOARD}/new", writing.new_idea, name="new_idea"),
    path(f"{BOARD}/new-bug", writing.new_bug, name="new_bug"),
    path(f"{BOARD}/new-security-report", writing.new_security_report, name="new_security_report"),
    path(f"{BOARD}/similar", writing.similar, name="similar_ideas"),
    path(f"{BOARD}/settings", boards.settings, name="board_settings"),
    path(f"{BOARD}/settings/statuses", boards.statuses, name="board_statuses"),
    path(f"{BOARD}/settings/labels", boards.labels, name="board_labels"),
    path(f"{BOARD}/settings/delete", boards.delete, name="delete_board"),
    path(f"{BOARD}/import", transfer.import_file, name="import_board"),
    path(f"{BOARD}/export.json", transfer.export_json, name="export_board_json"),
    path(f"{BOARD}/export.csv", transfer.export_csv, name="export_board_csv"),
    path(f"{BOARD}/new-entry", changelog.new_entry, name="new_entry"),
    path(IDEA, ideas.idea, name="idea"),
    path(f"{IDEA}/edit", ideas.edit, name="edit_idea"),
    path(f"{IDEA}/vote", ideas.vote, name="vote"),
    path(f"{IDEA}/unvote", ideas.unvote, name="unvote"),
    path(f"{IDEA}/status", ideas.status, name="idea_status"),
    path(f"{IDEA}/merge", ideas.merge, name="merge_idea"),
    path(f"{IDEA}/behalf", ideas.behalf, name="vote_on_behalf"),
    path(ENTRY, changelog.entry, name="changelog_entry"),
    path(f"{ENTRY}/edit", changelog.edit_entry, name="edit_entry"),
    path(f"{ENTRY}/publish", changelog.publish, name="publish_entry"),
    path(f"{ENTRY}/unschedule", changelog.unschedule, name="unschedule_entry"),
    path(f"{ENTRY}/delete", changelog.delete, name="delete_entry"),
    *_feed("feeds/ideas", feeds.ideas, "ideas"),
    *_feed("feeds/changelog", feeds.changelog, "changelog"),
    *_feed(f"{BOARD}/feeds/ideas", feeds.board_ideas, "board_ideas"),
    *_feed(f"{BOARD}/feeds/roadmap", feeds.roadmap, "roadmap"),
    *_feed(f"{BOARD}/feeds/changelog", feeds.board_changelog, "board_changelog"),
    *_feed(f"{IDEA}/feed", feeds.idea, "idea"),
    *repo_routes(
        [
            ("/board", boards.turn_on, "turn_on_board"),
        ]
    ),
]
