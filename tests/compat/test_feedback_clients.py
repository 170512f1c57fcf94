"""Readers of feeds and of structured data on boards and reviews, against a running site."""

from __future__ import annotations

import json
import re
from datetime import datetime
from urllib.parse import urlsplit
from urllib.request import urlopen

import feedparser
import pytest

from apps.community.feedback.services import changelog, ideas
from apps.core.conversations.models import Post
from apps.core.conversations.services.posts import add_post, edit_post
from tests.api.feedback_makers import a_board, a_review, a_security_report, an_idea
from tests.makers import a_repo

FEEDS = [
    "/feeds/ideas",
    "/feeds/ideas?author=stranger",
    "/feeds/changelog",
    "BOARD/feeds/ideas",
    "BOARD/feeds/roadmap",
    "BOARD/feeds/changelog",
    "IDEA/feed",
]


@pytest.fixture
def idea(live_cast):
    """An idea with hostile text and news about it, and what no program may show."""
    board = a_board(live_cast.staff, "Board & <more>")
    idea = an_idea(live_cast.stranger, board, "What does <b> & 问题 do?", "See `<b>` ]]> & 模型")
    add_post(actor=live_cast.owner.actor, thread_id=idea.thread_id, source="It makes text **bold**.")
    ideas.change_status(actor=live_cast.staff.actor, key=idea.key, status="planned")
    entry = changelog.create_entry(
        actor=live_cast.staff.actor, board_slug=board.slug, title="2.0 & <more>", source="New"
    )
    changelog.publish_entry(actor=live_cast.staff.actor, key=entry.key)
    a_security_report(live_cast.stranger, board)
    an_idea(live_cast.owner, a_board(live_cast.owner, namespace="grove", is_private=True), "A private matter")
    return idea


def path_of(feed: str, idea, form: str) -> str:
    path, _mark, query = feed.partition("?")
    path = path.replace("BOARD", idea.board.get_absolute_url()).replace("IDEA", idea.get_absolute_url())
    return f"{path}.{form}" + (f"?{query}" if query else "")


def text_at(url: str) -> str:
    with urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def is_secret(text: str) -> bool:
    return "A private matter" in text or "Tokens leak" in text


@pytest.mark.parametrize("feed", FEEDS)
def test_feedparser_reads_feeds_whose_ids_stay_after_an_edit(live_cast, site, idea, feed):
    url = site.url + path_of(feed, idea, "atom")
    before = feedparser.parse(url)

    ideas.update_idea(actor=live_cast.stranger.actor, key=idea.key, title="Another title")
    first = Post.objects.filter(thread_id=idea.thread_id).earliest("pk")
    edit_post(actor=live_cast.stranger.actor, post_id=first.pk, source="Edited", revision=1)
    after = feedparser.parse(url)

    assert (before.bozo, after.bozo) == (0, 0)
    assert before.entries
    assert [entry.id for entry in before.entries] == [entry.id for entry in after.entries]
    assert before.feed.id == after.feed.id
    assert all(entry.updated_parsed and entry.link.startswith("http") for entry in before.entries)
    assert not is_secret(str(before))


@pytest.mark.parametrize("feed", FEEDS)
def test_json_feeds_have_what_their_version_requires(site, idea, feed):
    text = text_at(site.url + path_of(feed, idea, "json"))

    found = json.loads(text)
    assert (found["version"], bool(found["title"])) == ("https://jsonfeed.org/version/1.1", True)
    ids = [item["id"] for item in found["items"]]
    assert 0 < len(ids) == len(set(ids))
    for item in found["items"]:
        assert isinstance(item.get("content_text", item.get("content_html")), str)
        assert urlsplit(item["url"]).netloc
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None
    assert not is_secret(text)


def test_structured_data_has_what_a_rating_requires(live_cast, site):
    repo = a_repo(live_cast.owner)
    a_review(live_cast.stranger, repo, 5, "</script><script>alert(1)</script>")
    a_review(live_cast.member, repo, 2, "不太好用")

    page = text_at(f"{site.url}{repo.get_absolute_url()}/community")

    found = re.search(r'<script type="application/ld\+json" id="rating-data">(.*?)</script>', page, re.DOTALL)
    data = json.loads(found[1])
    rating = data["aggregateRating"]
    assert (data["@context"], data["@type"], data["name"]) == (
        "https://schema.org",
        "SoftwareApplication",
        repo.address.id,
    )
    assert (rating["ratingValue"], rating["reviewCount"], rating["bestRating"]) == (3.5, 2, 5)
    for review in data["review"]:
        assert review["author"]["name"] in ("stranger", "member")
        assert review["reviewRating"]["ratingValue"] in (2, 5)
        assert datetime.fromisoformat(review["datePublished"]).tzinfo is not None
