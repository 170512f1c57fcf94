"""Pages of the forum: what they show to whom, their queries, feeds, previews and Discourse JSON."""

import html
import json
import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.community.forum.models import Bookmark, Category, PinnedTo, Redirect, Topic, TopicKind
from apps.community.forum.selectors import poll_of
from apps.community.forum.services import answers, placing, polls, surgery
from apps.core.conversations.models import Draft, Post
from apps.core.conversations.services.drafts import save_draft
from apps.core.conversations.services.posts import edit_post, hide_post
from apps.users.accounts.models import NamespaceKind
from tests.forum_makers import a_category, a_private_category, a_reply, a_topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
QUERIES_LIMIT = 12
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "<script>alert(1)</script></script><img src=x onerror=alert(1)>"


@pytest.fixture
def general(cast) -> Category:
    return a_category(cast)


@pytest.fixture
def team(cast) -> Category:
    return a_private_category(cast)


def browser(person) -> Client:
    client = Client()
    if person.user:
        client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(person, path, status=200) -> str:
    response = browser(person).get(path)
    assert response.status_code == status, path
    return response.content.decode()


def topics_on(text: str) -> list[int]:
    return [int(one) for one in re.findall(r'data-topic="(\d+)"', text)]


def posts_on(text: str) -> list[int]:
    return [int(one) for one in re.findall(r'data-number="(\d+)"', text)]


def json_ld(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)[1])


# lists


@pytest.mark.parametrize(
    "path",
    [
        "/forum",
        "/forum?list=new",
        "/forum?list=top&period=month",
        "/forum?list=unanswered",
        "/forum?list=nonsense&period=x&cursor=",
        "/forum/c/general",
        "/forum/tags",
        "/forum/tags/help",
        "/forum/categories",
        "/forum/search?q=begin&solved=true&after=2020-01-01&before=nonsense",
        "/forum/similar?title=begin",
    ],
)
def test_public_pages_are_whole_for_everybody(cast, general, path):
    a_topic(cast.stranger, general, tags=["help"])

    for person in (cast.anonymous, cast.member):
        page(person, path)


@pytest.mark.parametrize("path", ["/forum?list=unread", "/forum?list=mine", "/forum/bookmarks", "/forum/new"])
def test_own_pages_are_whole(cast, general, path):
    topic = a_topic(cast.member, general)
    a_reply(cast.owner, topic)
    browser(cast.member).post("/forum/bookmark", {"post": topic.first_post.public_id})

    text = page(cast.member, path)

    if "list=" in path:
        assert topics_on(text) == [topic.public_id]


def test_private_topics_stay_out_of_all_lists(cast, general, team):
    public, private = a_topic(cast.member, general), a_topic(cast.member, team, tags=["secret"])

    for path in ("/forum", "/forum?list=new", "/forum?list=top", "/forum/search?q=begin"):
        assert topics_on(page(cast.stranger, path)) == [public.public_id]
        assert private.public_id in topics_on(page(cast.owner, path))
    page(cast.stranger, f"/forum/c/{team.slug}", 404)
    page(cast.stranger, "/forum/tags/secret", 404)
    assert "secret" not in page(cast.stranger, "/forum/tags")


def test_pinned_topics_stand_first_and_once(cast, general):
    first, second = a_topic(cast.stranger, general, "First"), a_topic(cast.stranger, general, "Second")
    placing.pin_topic(actor=cast.staff.actor, public_id=first.public_id, pinned_to=PinnedTo.SITE)

    assert topics_on(page(cast.anonymous, "/forum")) == [first.public_id, second.public_id]


def test_a_list_leads_to_its_next_page(cast, general):
    made = [a_topic(cast.stranger, general, f"Topic {n}") for n in range(32)]

    first = page(cast.anonymous, "/forum")
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = page(cast.anonymous, f"/forum{following}")

    assert topics_on(first) + topics_on(second) == [topic.public_id for topic in reversed(made)]


@pytest.mark.parametrize("who", ["anonymous", "stranger", "staff"])
def test_pages_take_few_queries_whatever_they_show(cast, general, who):
    topic = a_topic(cast.stranger, general, tags=["a", "b"], kind=TopicKind.QUESTION)
    for number in range(15):
        a_topic(cast.member, general, f"Topic {number}", tags=["a", f"t{number}"])
        a_reply(cast.owner, topic)
    client = browser(getattr(cast, who))
    for path in (
        "/forum",
        "/forum/c/general",
        "/forum/tags/a",
        "/forum/categories",
        topic.get_absolute_url(),
    ):
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path).status_code == 200
        own = [
            one["sql"]
            for one in queries
            if "django_session" not in one["sql"] and "usersession" not in one["sql"]
        ]
        assert len(own) <= QUERIES_LIMIT, (path, own)


def test_categories_tags_and_topics_can_be_watched_from_their_pages(cast, general):
    topic = a_topic(cast.stranger, general, tags=["help"])
    watched = {
        "/forum/c/general": (f"category:{general.pk}", "watch"),
        "/forum/tags/help": ("tag:help", "track"),
        topic.get_absolute_url(): (topic.thread.target, "mute"),
    }

    for path, (target, level) in watched.items():
        assert f'data-watch="{target}"' in page(cast.member, path)
        browser(cast.member).post("/notifications/levels", {"target": target, "level": level, "next": path})
        assert f'data-watch="{target}" data-level="{level}"' in page(cast.member, path)
        assert "/login?next=" in page(cast.anonymous, path)
    assert "data-watch" not in page(cast.member, "/forum")


# a topic


def test_a_topic_has_one_address(cast, general):
    topic = a_topic(cast.stranger, general)
    client = browser(cast.anonymous)

    for path in (f"/forum/t/{topic.public_id}", f"/forum/t/wrong/{topic.public_id}?post=1"):
        response = client.get(path)
        assert response.status_code == 301
        assert response["Location"].startswith(topic.get_absolute_url())
    assert client.get(f"{topic.get_absolute_url()}/1")["Location"].endswith("?post=1#post-1")


def test_what_is_read_in_one_session_is_read_in_the_other(cast, general):
    topic = a_topic(cast.stranger, general)
    a_reply(cast.owner, topic)
    assert 'data-unread="1"' in page(cast.stranger, "/forum")

    here, elsewhere = browser(cast.stranger), browser(cast.stranger)
    here.get(topic.get_absolute_url())
    here.post(f"/threads/{topic.thread.public_id}/read", {"number": 2})

    assert "data-unread" not in elsewhere.get("/forum").content.decode()
    assert topics_on(elsewhere.get("/forum?list=unread").content.decode()) == []


def test_stored_texts_come_out_inert(cast, general):
    topic = a_topic(cast.stranger, general, f"Title {HOSTILE}", source=f"{HOSTILE} [x](javascript:alert(1))")
    a_reply(cast.owner, topic, HOSTILE)

    for path in (
        topic.get_absolute_url(),
        "/forum",
        "/forum/categories",
        "/forum/search?q=title",
        "/stranger",
    ):
        text = page(cast.anonymous, path)
        assert "<script>alert" not in text
        assert "onerror=alert(1)>" not in text.replace("&gt;", "")
        assert 'href="javascript' not in text
    assert json_ld(page(cast.anonymous, topic.get_absolute_url()))["headline"] == topic.title


def test_a_question_is_a_qa_page_with_its_accepted_answer(cast, general):
    topic = a_topic(cast.stranger, general, kind=TopicKind.QUESTION)
    reply = a_reply(cast.owner, topic, "Yes")
    a_reply(cast.member, topic, "No")
    answers.accept_answer(actor=cast.stranger.actor, public_id=topic.public_id, post_id=reply.pk)

    data = json_ld(page(cast.anonymous, topic.get_absolute_url()))

    assert data["@type"] == "QAPage"
    assert data["mainEntity"]["acceptedAnswer"]["text"] == "Yes"
    assert [one["text"] for one in data["mainEntity"]["suggestedAnswer"]] == ["No"]
    answers.clear_answer(actor=cast.stranger.actor, public_id=topic.public_id)
    assert "acceptedAnswer" not in json_ld(page(cast.anonymous, topic.get_absolute_url()))["mainEntity"]


def test_a_discussion_is_a_forum_posting(cast, general):
    topic = a_topic(cast.stranger, general)
    a_reply(cast.owner, topic)

    data = json_ld(page(cast.anonymous, topic.get_absolute_url()))

    assert (data["@type"], data["commentCount"], len(data["comment"])) == ("DiscussionForumPosting", 1, 1)


def test_a_hidden_reply_is_in_no_preview(cast, general):
    topic = a_topic(cast.stranger, general)
    reply = a_reply(cast.owner, topic, "Unwanted words")
    hide_post(actor=cast.staff.actor, post_id=reply.pk)

    for path in (
        topic.get_absolute_url(),
        f"/feeds/forum/{topic.public_id}.atom",
        "/feeds/forum/people/owner.json",
        f"/forum/t/{topic.public_id}.json",
        "/forum/search?q=unwanted",
    ):
        text = page(cast.anonymous, path)
        assert "Unwanted words" not in text


# acts from pages


def test_a_person_starts_a_topic_and_replies(cast, general):
    client = browser(cast.stranger)

    form = {
        "title": "Hello there",
        "category": "general",
        "kind": "discussion",
        "source": "Text",
        "tags": "a, b",
    }
    made = client.post("/forum/new", form)
    topic = Topic.objects.get()
    reply = client.post(f"/threads/{topic.thread.public_id}/reply", {"source": "More", "act": "send"})

    assert made["Location"] == topic.get_absolute_url()
    assert sorted(topic.tags.values_list("name", flat=True)) == ["a", "b"]
    assert reply["Location"].endswith("?post=2#post-2")
    assert client.post(f"/threads/{topic.thread.public_id}/reply", {"source": ""}).status_code == 422


def test_a_poll_is_started_from_the_form(cast, general):
    form = {
        "title": "Color?",
        "category": "general",
        "kind": "poll",
        "source": "Choose",
        "options": "Red\nGreen\n",
        "max_choices": "1",
        "results_shown": "always",
    }
    client = browser(cast.stranger)
    assert client.post("/forum/new", form).status_code == 302
    topic = Topic.objects.get()

    client.post(f"/forum/t/{topic.public_id}/vote", {"option": "1"})

    text = page(cast.anonymous, topic.get_absolute_url())
    assert re.findall(r'data-votes="(\d)"', text) == ["0", "1"]
    assert client.post("/forum/new", {**form, "options": "One"}).status_code == 422
    client.post(f"/forum/t/{topic.public_id}/close-poll")
    assert poll_of(topic).is_closed


def test_a_topic_is_previewed_with_its_files_before_it_is_published(cast, general):
    client = browser(cast.stranger)
    file = SimpleUploadedFile("log.txt", b"Nothing works")
    form = {"title": "Help", "category": "general", "kind": "discussion", "source": "*Look*"}

    shown = client.post("/forum/new", {**form, "act": "preview", "attachments": file})

    text = shown.content.decode()
    assert (shown.status_code, Topic.objects.count()) == (200, 0)
    assert "<em>Look</em>" in text
    assert 'value="Help"' in text
    source = re.search(r"data-source\s*>(.*?)</textarea>", text, re.DOTALL)[1]
    client.post("/forum/new", {**form, "source": html.unescape(source), "act": "send"})
    post = Topic.objects.get().first_post
    assert post.attachments.get().name == "log.txt"
    assert client.post("/forum/new", {**form, "source": " "}).status_code == 422


def test_a_draft_of_a_topic_is_there_on_the_next_visit_and_gone_once_published(cast, general):
    a_category(cast, "Help", template="## What I did")
    client = browser(cast.stranger)
    fields = {"title": "Half a title", "category": "help", "kind": "question", "tags": "a", "options": ""}
    save_draft(actor=cast.stranger.actor, place="topic", source="Half a text", data=fields)

    text = page(cast.stranger, "/forum/new")

    assert 'value="Half a title"' in text
    assert "Half a text" in text
    assert '<option value="help" selected' in text
    assert "Half a text" in page(cast.stranger, "/forum/new?category=help")
    client.post("/forum/new", {**fields, "source": "A text", "act": "send"})
    assert (Topic.objects.count(), Draft.objects.count()) == (1, 0)


def test_a_form_that_a_machine_fills_in_is_held(cast, general):
    form = {"title": "Buy", "category": "general", "kind": "discussion", "source": "Now", "website_url": "x"}

    response = browser(cast.stranger).post("/forum/new", form, follow=True)

    assert not Topic.objects.get().is_listed
    assert 'data-state="held"' in response.content.decode()


def test_the_template_of_a_category_fills_the_form(cast):
    a_category(cast, "Help", template="## What I did")

    assert "## What I did" in page(cast.stranger, "/forum/new?category=help")


def test_moderators_act_from_the_page_and_others_do_not(cast, general, team):
    topic = a_topic(cast.stranger, general, kind=TopicKind.QUESTION)
    reply = a_reply(cast.member, topic)
    acts = {
        "pin": {"pinned_to": "category", "days": "7"},
        "pace": {"slow_mode_seconds": "60", "closes": "3"},
        "archive": {"is_on": "true"},
        "move": {"category": team.slug},
        "split": {"posts": "2", "title": "Apart"},
    }

    for act, form in acts.items():
        path = f"/forum/t/{topic.public_id}/{act}"
        assert browser(cast.member).post(path, form).status_code == 403
        assert browser(cast.anonymous).post(path, form).status_code in (302, 401)
    for act, form in acts.items():
        assert browser(cast.staff).post(f"/forum/t/{topic.public_id}/{act}", form).status_code == 302, act

    topic.refresh_from_db()
    assert (topic.category, topic.is_archived, topic.thread.is_locked) == (team, True, True)
    assert Post.objects.get(pk=reply.pk).thread.topic.title == "Apart"


def test_the_asker_accepts_an_answer_on_the_page(cast, general):
    topic = a_topic(cast.stranger, general, kind=TopicKind.QUESTION)
    reply = a_reply(cast.member, topic)

    asker, path = browser(cast.stranger), f"/forum/t/{topic.public_id}/answer"
    assert f'action="{path}"' in page(cast.stranger, topic.get_absolute_url())
    assert f'action="{path}"' not in page(cast.owner, topic.get_absolute_url())

    accepted = asker.post(path, {"post": reply.public_id})

    topic.refresh_from_db()
    assert topic.answer_id == reply.pk
    assert accepted["Location"].endswith("?post=2#post-2")
    assert page(cast.anonymous, topic.get_absolute_url()).count("highlighted") == 1
    assert 'name="remove"' in page(cast.stranger, topic.get_absolute_url())
    asker.post(path, {"post": reply.public_id, "remove": "1"})
    topic.refresh_from_db()
    assert topic.answer_id is None


def test_a_bookmark_is_set_and_removed(cast, general):
    topic = a_topic(cast.stranger, general)
    client = browser(cast.member)

    bookmarked = 'name="remove"'
    assert bookmarked not in page(cast.member, topic.get_absolute_url())
    client.post("/forum/bookmark", {"post": topic.first_post.public_id})
    assert Bookmark.objects.count() == 1
    assert bookmarked in page(cast.member, topic.get_absolute_url())
    removed = client.post("/forum/bookmark", {"post": topic.first_post.public_id, "remove": "1"})

    assert removed["Location"].endswith("?post=1#post-1")
    assert Bookmark.objects.count() == 0


def test_the_old_links_of_split_and_merged_posts_lead_on(cast, general):
    topic, other = a_topic(cast.stranger, general, "One"), a_topic(cast.owner, general, "Two")
    reply = a_reply(cast.member, topic)
    new = surgery.split_topic(
        actor=cast.staff.actor, public_id=topic.public_id, post_ids=[reply.pk], title="Apart"
    )
    client = browser(cast.anonymous)

    moved = client.get(f"{topic.get_absolute_url()}?post=2")
    assert (moved.status_code, moved["Location"]) == (301, f"{new.get_absolute_url()}?post=1#post-1")
    surgery.merge_topics(actor=cast.staff.actor, public_id=new.public_id, into=other.public_id)
    merged = client.get(new.get_absolute_url())
    assert (merged.status_code, merged["Location"]) == (301, other.get_absolute_url())
    assert client.get(f"{new.get_absolute_url()}?post=1")["Location"].endswith("?post=2#post-2")


def test_staff_manages_categories(cast, general):
    staff, form = (
        browser(cast.staff),
        {
            "name": "Team",
            "slug": "team",
            "color": "3",
            "position": "2",
            "parent": general.pk,
            "organization": "grove",
            "read_audience": "organization",
            "read_role": "1",
            "reply_audience": "organization",
            "reply_role": "1",
            "create_audience": "staff",
            "create_role": "1",
            "slow_mode_seconds": "0",
        },
    )
    form |= {
        name: str(Category._meta.get_field(name).default.value)
        for name in ("read_role", "reply_role", "create_role")
    }

    assert staff.post("/site/forum/new", form).status_code == 302
    assert staff.get("/site/forum").status_code == staff.get("/site/forum/team").status_code == 200
    assert staff.post("/site/forum/team", {**form, "name": "The team"}).status_code == 302

    team = Category.objects.get(slug="team")
    assert (team.name, team.organization.kind, team.is_public) == (
        "The team",
        NamespaceKind.ORGANIZATION,
        False,
    )
    assert staff.post("/site/forum/new", {**form, "organization": "nobody"}).status_code == 422
    assert staff.post("/site/forum/new", form).status_code == 422
    assert browser(cast.owner).get("/site/forum").status_code == 404
    assert staff.post("/site/forum/team/delete").status_code == 302


# feeds and programs


def entries(text: str) -> list[str]:
    return [entry.find(f"{ATOM}id").text for entry in ET.fromstring(text).findall(f"{ATOM}entry")]


def test_ids_of_a_feed_survive_an_edit(cast, general):
    topic = a_topic(cast.stranger, general)
    before = entries(page(cast.anonymous, "/feeds/forum.atom"))
    post = Post.objects.get(pk=topic.first_post_id)

    edit_post(actor=cast.stranger.actor, post_id=post.pk, source="Other", revision=1)

    assert entries(page(cast.anonymous, "/feeds/forum.atom")) == before
    assert len(before) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/forum",
        "/feeds/forum?list=new",
        "/feeds/forum?category=general",
        "/feeds/forum?tag=help",
        "/feeds/forum?author=stranger",
        "/feeds/forum/people/stranger",
    ],
)
def test_feeds_show_what_everybody_reads(cast, general, team, path):
    a_topic(cast.stranger, general, tags=["help"])
    a_topic(cast.member, team, "Private")
    place, _mark, query = path.partition("?")

    text = page(cast.anonymous, f"{place}.atom?{query}")
    data = json.loads(page(cast.anonymous, f"{place}.json?{query}"))

    assert len(entries(text)) == len(data["items"]) == 1
    assert data["version"] == "https://jsonfeed.org/version/1.1"
    assert "Private" not in text


def test_a_private_topic_has_no_feed_for_others(cast, team):
    topic = a_topic(cast.member, team)

    page(cast.stranger, f"/feeds/forum/{topic.public_id}.atom", 404)
    page(cast.anonymous, f"/feeds/forum/{topic.public_id}.json", 401)
    assert len(entries(page(cast.member, f"/feeds/forum/{topic.public_id}.atom"))) == 1
    page(cast.stranger, f"/feeds/forum.atom?category={team.slug}", 404)


def test_oembed_answers_for_public_topics_alone(cast, general, team, settings):
    public, private = a_topic(cast.stranger, general), a_topic(cast.member, team)
    address = f"{settings.PUBLIC_URL}{public.get_absolute_url()}"

    data = json.loads(page(cast.anonymous, f"/oembed?url={address}"))

    assert (data["type"], data["title"], data["author_name"]) == ("link", public.title, "stranger")
    assert "/oembed?url=" in page(cast.anonymous, public.get_absolute_url())
    page(cast.member, f"/oembed?url={settings.PUBLIC_URL}{private.get_absolute_url()}", 404)
    page(cast.anonymous, "/oembed?url=https://example.com/forum/t/x/1", 404)
    page(cast.anonymous, "/oembed", 404)


def test_clients_of_discourse_read_topics(cast, general, team):
    topic = a_topic(cast.stranger, general, tags=["x"])
    a_reply(cast.owner, topic)
    a_topic(cast.member, team, "Private")

    latest = json.loads(page(cast.anonymous, "/forum/latest.json"))["topic_list"]["topics"]
    one = json.loads(page(cast.anonymous, f"/forum/t/{topic.public_id}.json"))
    named = json.loads(page(cast.anonymous, f"/forum/t/any/{topic.public_id}.json"))
    posts = json.loads(page(cast.anonymous, f"/forum/t/{topic.public_id}/posts.json"))
    categories = json.loads(page(cast.anonymous, "/forum/categories.json"))["category_list"]["categories"]
    found = json.loads(page(cast.anonymous, "/forum/search.json?q=begin"))
    below = json.loads(page(cast.anonymous, f"/forum/c/general/{general.pk}.json"))

    assert [(row["id"], row["posts_count"], row["tags"]) for row in latest] == [(topic.public_id, 2, ["x"])]
    assert one == named
    assert [post["post_number"] for post in one["post_stream"]["posts"]] == [1, 2]
    assert len(posts["post_stream"]["posts"]) == 2
    assert [row["slug"] for row in categories] == ["general"]
    assert [row["id"] for row in found["topics"]] == [topic.public_id]
    assert len(below["topic_list"]["topics"]) == 1
    page(cast.anonymous, f"/forum/c/{team.pk}.json", 404)
    refused = json.loads(page(cast.anonymous, "/forum/t/1.json", 401))
    assert refused["error_type"] == "TopicNotFound"


def test_the_old_address_of_an_imported_topic_leads_to_it(cast, general):
    topic = a_topic(cast.stranger, general)
    reply = a_reply(cast.owner, topic)
    Redirect.objects.create(path="t/41", topic=topic)
    Redirect.objects.create(path="t/41/7", topic=topic, post=reply)
    Redirect.objects.create(path="c/5", category=general)
    client = browser(cast.anonymous)

    for path in ("/t/how-to/41", "/t/41", "/t/how-to/41/1"):
        assert client.get(path)["Location"] == topic.get_absolute_url()
    assert client.get("/t/how-to/41/7")["Location"].endswith("?post=2#post-2")
    assert client.get("/c/support/5")["Location"] == general.get_absolute_url()
    assert client.get("/t/how-to/42").status_code == 404


def test_the_front_page_shows_the_newest_topics_that_one_may_read(cast, general, team):
    public, private = a_topic(cast.stranger, general, "Open"), a_topic(cast.member, team, "Closed")

    for person, shown in ((cast.anonymous, [public]), (cast.owner, [public, private])):
        text = page(person, "/")
        assert [topic for topic in (public, private) if topic.get_absolute_url() in text] == shown


def test_profiles_show_topics_and_answers(cast, general, team):
    question = a_topic(cast.stranger, general, kind=TopicKind.QUESTION)
    reply = a_reply(cast.owner, question)
    answers.accept_answer(actor=cast.stranger.actor, public_id=question.public_id, post_id=reply.pk)
    a_topic(cast.owner, team, "Private")

    assert topics_on(page(cast.anonymous, "/stranger")) == [question.public_id]
    assert topics_on(page(cast.anonymous, "/owner")) == [question.public_id]


def test_the_search_of_the_site_finds_topics_with_a_typo(cast, general, team):
    a_topic(cast.stranger, general, "Quantization trouble")
    a_topic(cast.member, team, "Quantization secret")

    text = page(cast.anonymous, "/search?q=quantisation")

    assert "quantization-trouble" in text
    assert "quantization-secret" not in text


def test_the_sitemap_names_public_topics(cast, general, team):
    public, private = a_topic(cast.stranger, general, "Open"), a_topic(cast.member, team, "Closed")

    text = page(cast.anonymous, "/sitemaps/topics.xml")

    assert str(public.public_id) in text
    assert str(private.public_id) not in text


def test_a_closed_poll_shows_its_end(cast, general):
    plan = polls.PollPlan(["A", "B"], closes_at=timezone.now() + timedelta(hours=1))
    topic = a_topic(cast.stranger, general, kind=TopicKind.POLL, poll=plan)

    assert 'name="option"' in page(cast.member, topic.get_absolute_url())
    polls.close_poll(actor=cast.stranger.actor, public_id=topic.public_id)

    assert 'name="option"' not in page(cast.member, topic.get_absolute_url())


def test_the_search_of_the_site_works_for_who_sees_no_category(cast, team):
    a_topic(cast.member, team, "Quantization secret")

    assert "secret" not in page(cast.anonymous, "/search?q=quantization")
