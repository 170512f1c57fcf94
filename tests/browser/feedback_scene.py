"""Sample boards: ideas with votes and statuses, an official reply, reports, a changelog, reviews."""

from __future__ import annotations

from apps.community.feedback.models import Board, Idea
from apps.community.feedback.services import boards, changelog, ideas, votes
from apps.community.feedback.services.ideas import BugFacts
from apps.community.reviews.services import mark_helpful, reply_to_review
from apps.core.conversations.services.posts import add_post
from apps.registry.repos.services.downloads import count_download
from tests.api.feedback_makers import a_board, a_review, a_security_report, an_idea
from tests.makers import Cast, Person, a_repo

LABELS = [("Interface", True), ("Training", True), ("API", True), ("Internal", False)]
WISH = """I work at night, and white pages hurt.

- [x] follow what the system prefers
- [ ] a switch in the menu

```css
color-scheme: light dark;
```
"""
SPLIT = "训练前希望自动切分训练集和验证集。"
NEWS = """Pages follow what your system prefers; the menu has a switch.

- **Jobs** show their curves in both.
- Code keeps its contrast.
"""
FEEDBACK_PAGES_FOR_ANYBODY = {
    "feedback": "/feedback",
    "feedback-board": "/feedback/boards/grove",
    "feedback-roadmap": "/feedback/boards/grove/roadmap",
    "feedback-changelog": "/feedback/boards/grove/changelog",
    "changelog": "/feedback/changelog",
    "repo-community": "/stranger/reviewed-model/community",
}
FEEDBACK_PAGES_FOR_THE_OWNER = {
    "feedback-new": "/feedback/boards/grove/new",
    "feedback-new-bug": "/feedback/boards/grove/new-bug",
    "feedback-new-security": "/feedback/boards/grove/new-security-report",
    "feedback-settings": "/feedback/boards/grove/settings",
    "feedback-new-entry": "/feedback/boards/grove/new-entry",
    "feedback-new-board": "/feedback/new",
}


def feedback(cast: Cast) -> dict[str, str]:
    """Fill two boards and the Community tab of a model; return the paths of what has a random address."""
    site = a_board(cast.staff, "Platform", about="Pages, search, jobs: everything of the site itself.")
    an_idea(cast.member, site, "One search for everything", "Models, topics and ideas in one list.")
    grove = a_board(cast.owner, "Grove's models", namespace="grove", about="What we should train next.")
    wish = _fill(cast, grove, cast.owner)
    a_security_report(cast.stranger, grove)
    return {
        "feedback-idea": wish.get_absolute_url(),
        "feedback-entry": grove.entries.get().get_absolute_url(),
        "feedback-edit-idea": f"{wish.get_absolute_url()}/edit",
        "review": _reviews(cast),
    }


def _fill(cast: Cast, board: Board, team: Person) -> Idea:
    boards.set_labels(actor=team.actor, slug=board.slug, labels=LABELS)
    wish = an_idea(cast.stranger, board, "Dark pages", WISH, labels=["Interface"])
    chinese = an_idea(
        cast.member,
        board,
        "支持中文数据集的自动切分",
        "训练前希望自动切分训练集和验证集。",
        labels=["Training"],
    )
    export = an_idea(cast.member, board, "Export the curves of a job as CSV", "For our papers.")
    an_idea(cast.owner, board, "Ship " + "a very long title that has to break " * 4, "Long.")
    an_idea(
        cast.stranger,
        board,
        "The upload stops at 4 GB",
        "It says *broken pipe*.",
        bug=BugFacts(version="2.1", environment="Linux, curl 8.5", severity="high", reproducibility="always"),
    )
    for person in (cast.owner, cast.member, cast.staff):
        votes.vote(actor=person.actor, key=wish.key)
    votes.vote(actor=cast.owner.actor, key=chinese.key)
    add_post(actor=cast.member.actor, thread_id=wish.thread_id, source="Please: also for the **diagrams**.")
    ideas.change_status(actor=team.actor, key=wish.key, status="started", reply="We began this week.")
    ideas.change_status(actor=team.actor, key=chinese.key, status="planned")
    ideas.change_status(actor=team.actor, key=export.key, status="done")
    entry = changelog.create_entry(
        actor=team.actor,
        board_slug=board.slug,
        title="Dark pages",
        version="2.2",
        source=NEWS,
        kinds=["added", "fixed"],
        ideas=[wish.key, export.key],
    )
    changelog.publish_entry(actor=team.actor, key=entry.key)
    return wish


def _reviews(cast: Cast) -> str:
    repo = a_repo(cast.stranger, "reviewed-model")
    count_download(repo, cast.member.user.pk)
    a_board(cast.stranger, "reviewed-model", repo=repo.address)
    review = a_review(cast.member, repo, 4, "Good at short texts; it **loses the thread** in long ones.")
    a_review(cast.owner, repo, 5, "分类准确，速度也快。")
    reply_to_review(actor=cast.stranger.actor, key=review.key, source="Thank you! The next one reads more.")
    mark_helpful(actor=cast.owner.actor, key=review.key)
    return review.get_absolute_url()
