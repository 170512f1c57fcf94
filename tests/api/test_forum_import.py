"""Importing a Discourse site."""

import pytest
from django.core.management import call_command
from django.test import Client

from apps.community.forum.models import Category, Redirect, Tag, Topic
from apps.community.forum.services.importing import discourse
from apps.community.forum.services.importing.discourse import import_discourse
from apps.core.conversations.models import Post
from tests.discourse_export import SOURCE, a_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


def test_a_site_comes_with_authors_dates_categories_and_answers(cast, tmp_path):
    a_site(tmp_path)

    report = import_discourse(tmp_path, SOURCE)

    assert (report.made, report.problems) == ({"category": 3, "user": 1, "topic": 2, "post": 6}, [])
    topic = Topic.objects.get(title="Question 0")
    assert (topic.author, topic.reply_count, topic.is_listed) == (cast.owner.user, 2, True)
    assert (topic.kind, topic.answer.number, topic.answer.reply_to) == ("question", 2, topic.first_post)
    assert (topic.created_at.day, topic.bumped_at.day) == (1, 3)
    assert [c.slug for c in Category.objects.order_by("pk")] == ["support", "staff", "support-2"]
    assert Category.objects.get(slug="support").topic_count == 2
    assert Category.objects.get(slug="support").post_count == 6
    assert not Category.objects.get(slug="staff").is_public
    assert Tag.objects.get().topic_count == 2
    reply = topic.thread.posts.get(number=2)
    assert reply.author is None
    assert "gone" in reply.source
    assert "<script" not in reply.html


def test_every_old_address_leads_to_its_place(cast, tmp_path):
    a_site(tmp_path)
    import_discourse(tmp_path, SOURCE)
    client = Client()

    for topic in Topic.objects.all():
        foreign = topic.redirects.filter(post=None).get().path.removeprefix("t/")
        assert client.get(f"/t/any-slug/{foreign}")["Location"] == topic.get_absolute_url()
        for number in (1, 2, 3):
            found = client.get(f"/t/any-slug/{foreign}/{number}")
            assert found["Location"] == f"{topic.get_absolute_url()}?post={number}#post-{number}"
    assert client.get("/c/support/5")["Location"] == "/forum/c/support"
    assert client.get("/c/staff/6").status_code in (301, 404)


def test_a_second_run_makes_nothing_twice(cast, tmp_path):
    a_site(tmp_path)
    import_discourse(tmp_path, SOURCE)
    counts = Topic.objects.count(), Post.objects.count(), Redirect.objects.count()

    report = import_discourse(tmp_path, SOURCE)

    assert (Topic.objects.count(), Post.objects.count(), Redirect.objects.count()) == counts
    assert {kind: count for kind, count in report.made.items() if count} == {}
    assert Category.objects.get(slug="support").post_count == 6


def test_an_import_goes_on_where_it_was_killed(cast, tmp_path, monkeypatch):
    a_site(tmp_path)
    whole, calls = discourse.render_post, []

    def killed_at_the_fourth(source):
        calls.append(source)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return whole(source)

    monkeypatch.setattr(discourse, "render_post", killed_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        import_discourse(tmp_path, SOURCE)
    monkeypatch.undo()
    assert Post.objects.count() == 3

    import_discourse(tmp_path, SOURCE)

    assert [topic.reply_count for topic in Topic.objects.order_by("title")] == [2, 2]
    assert sorted(Post.objects.values_list("number", flat=True)) == [1, 1, 2, 2, 3, 3]


def test_posts_that_a_killed_run_left_uncounted_are_counted_by_the_next(cast, tmp_path, monkeypatch):
    a_site(tmp_path, replies=1)
    import_discourse(tmp_path, SOURCE)
    a_site(tmp_path, replies=2)

    def killed(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(discourse, "recount_thread", killed)
    with pytest.raises(KeyboardInterrupt):
        import_discourse(tmp_path, SOURCE)
    monkeypatch.undo()
    import_discourse(tmp_path, SOURCE)

    assert [topic.reply_count for topic in Topic.objects.all()] == [2, 2]


def test_broken_rows_are_reported_by_line_and_the_rest_is_imported(cast, tmp_path, capsys):
    a_site(tmp_path)
    with (tmp_path / "topics.jsonl").open("a") as file:
        file.write('\nnot json\n{"id": "x"}\n[]\n{"id": 90, "title": "No place", "category_id": 999}\n')
    with (tmp_path / "posts.jsonl").open("a") as file:
        file.write('\n{"id": 9000, "topic_id": 90, "post_number": 1, "raw": "x"}\n')

    call_command("import_discourse", str(tmp_path), SOURCE)

    problems = [line.partition(": ")[0] for line in capsys.readouterr().err.splitlines()]
    assert problems == [
        "topics.jsonl:3",
        "topics.jsonl:4",
        "topics.jsonl:5",
        "topics.jsonl:6",
        "posts.jsonl:7",
    ]
    assert Topic.objects.count() == 2
