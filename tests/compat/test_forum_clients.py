"""Clients of feeds, of Discourse, of link previews and of structured data, against a running site."""

from __future__ import annotations

import json
import re
from datetime import datetime
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import feedparser
import pytest
from pydiscourse import DiscourseClient
from pydiscourse.exceptions import DiscourseClientError

from apps.community.forum.models import TopicKind
from apps.community.forum.services import answers
from apps.community.forum.services.topics import edit_topic
from apps.core.conversations.services.posts import edit_post
from tests.forum_makers import a_category, a_private_category, a_reply, a_topic

FEEDS = [
    "/feeds/forum.atom",
    "/feeds/forum.atom?list=new",
    "/feeds/forum.atom?list=top&period=all",
    "/feeds/forum.atom?category=general",
    "/feeds/forum.atom?tag=gpu",
    "/feeds/forum.atom?author=stranger",
    "/feeds/forum/people/stranger.atom",
    "/feeds/forum/TOPIC.atom",
]


@pytest.fixture
def general(live_cast):
    return a_category(live_cast, "General & more", slug="general")


@pytest.fixture
def question(live_cast, general):
    """A solved question with hostile text, and a private topic that no program may show."""
    topic = a_topic(
        live_cast.stranger,
        general,
        "What does <b> & 问题 do?",
        source="Look at `<b>`\n\n</script><script>alert(1)</script> & 模型",
        tags=["gpu"],
        kind=TopicKind.QUESTION,
    )
    reply = a_reply(live_cast.owner, topic, "It makes text **bold**.")
    a_reply(live_cast.member, topic, "Nothing.")
    answers.accept_answer(actor=live_cast.stranger.actor, public_id=topic.public_id, post_id=reply.pk)
    a_topic(live_cast.member, a_private_category(live_cast), "A private matter", source="secret")
    return topic


def text_of(url: str) -> str:
    with urlopen(url, timeout=30) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("path", FEEDS)
def test_feedparser_reads_feeds_whose_ids_stay_after_an_edit(live_cast, site, question, path):
    url = site.url + path.replace("TOPIC", str(question.public_id))
    before = feedparser.parse(url)

    edit_topic(actor=live_cast.stranger.actor, public_id=question.public_id, title="Another title")
    edit_post(actor=live_cast.stranger.actor, post_id=question.first_post_id, source="Edited", revision=1)
    after = feedparser.parse(url)

    assert (before.bozo, after.bozo) == (0, 0)
    assert before.entries
    assert [entry.id for entry in before.entries] == [entry.id for entry in after.entries]
    assert before.feed.id == after.feed.id
    assert all(entry.updated_parsed and entry.link.startswith("http") for entry in before.entries)
    assert "A private matter" not in str(before)


@pytest.mark.parametrize("path", FEEDS)
def test_json_feeds_have_what_their_version_requires(site, question, path):
    url = site.url + path.replace("TOPIC", str(question.public_id)).replace(".atom", ".json")

    feed = json.loads(text_of(url))

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    assert urlsplit(feed["feed_url"]).scheme == urlsplit(feed["home_page_url"]).scheme == "http"
    ids = [item["id"] for item in feed["items"]]
    assert ids
    assert len(set(ids)) == len(ids)
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert isinstance(item.get("content_text") or item.get("content_html"), str)
        assert urlsplit(item["url"]).netloc
        for name in ("date_published", "date_modified"):
            assert name not in item or datetime.fromisoformat(item[name]).tzinfo is not None
        assert all(isinstance(author.get("name"), str) for author in item.get("authors", []))
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
    assert "A private matter" not in json.dumps(feed)


def test_pydiscourse_reads_topics_posts_categories_and_searches(site, question, general):
    client = DiscourseClient(f"{site.url}/forum", api_username="", api_key="")

    (topic,) = client.latest_topics()["topic_list"]["topics"]
    posts = client.topic_posts(topic["id"])["post_stream"]["posts"]
    whole = client.topic(topic["slug"], topic["id"])
    (category,) = client.categories()
    (found,) = client.search("bold")["topics"]

    assert (topic["id"], topic["posts_count"]) == (question.public_id, 3)
    assert [post["post_number"] for post in posts] == [1, 2, 3]
    assert whole["post_stream"]["posts"][1]["accepted_answer"]
    assert (category["slug"], category["id"]) == ("general", general.pk)
    assert found["id"] == question.public_id
    assert len(client.category_topics(general.pk)["topic_list"]["topics"]) == 1
    with pytest.raises(DiscourseClientError):
        client.topic_posts(1)


def nodes_of(value) -> list[dict]:
    """Return all objects of a JSON-LD document that have a type."""
    if isinstance(value, list):
        return [node for one in value for node in nodes_of(one)]
    if not isinstance(value, dict):
        return []
    own = [value] if "@type" in value else []
    return own + [node for one in value.values() for node in nodes_of(one)]


REQUIRED = {
    "QAPage": {"mainEntity"},
    "Question": {"name", "text", "answerCount", "author", "datePublished"},
    "Answer": {"text", "url", "author", "datePublished", "upvoteCount"},
    "DiscussionForumPosting": {"headline", "text", "author", "datePublished", "url", "commentCount"},
    "Comment": {"text", "author", "datePublished"},
    "Person": {"name", "url"},
}


@pytest.mark.parametrize("kind", [TopicKind.QUESTION, TopicKind.DISCUSSION])
def test_structured_data_has_what_search_engines_require(live_cast, site, question, kind):
    if kind == TopicKind.DISCUSSION:
        edit_topic(actor=live_cast.stranger.actor, public_id=question.public_id, kind=kind)
    page = text_of(f"{site.url}{quote(question.get_absolute_url())}")

    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    data = json.loads(script)

    assert data["@context"] == "https://schema.org"
    found = nodes_of(data)
    for node in found:
        assert REQUIRED[node["@type"]] <= node.keys()
        assert "url" not in node or urlsplit(node["url"]).netloc
        assert "datePublished" not in node or datetime.fromisoformat(node["datePublished"]).tzinfo
    types = [node["@type"] for node in found]
    if kind == TopicKind.QUESTION:
        assert data["mainEntity"]["acceptedAnswer"]["text"] == "It makes text **bold**."
        assert data["mainEntity"]["answerCount"] == types.count("Answer") == 2
    else:
        assert types.count("Comment") == 2


def test_a_link_to_a_topic_is_embedded_by_the_address_that_its_page_names(site, question):
    page = text_of(f"{site.url}{quote(question.get_absolute_url())}")
    link = re.search(r'<link rel="alternate" type="application/json\+oembed"[^>]*href="([^"]+)"', page)[1]

    data = json.loads(text_of(site.url + link.replace("&amp;", "&")))

    assert (data["version"], data["type"]) == ("1.0", "link")
    assert (data["title"], data["author_name"]) == (question.title, "stranger")
    for name in ("og:title", "og:type", "og:url", "og:description"):
        assert f'property="{name}"' in page
