"""Categories, topics, tags, polls, bookmarks, former addresses, and the search terms of titles."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.community.forum.models.topics

# only words of public titles are known to the correction of queries, since it suggests them to everybody
LEARN = """
CREATE FUNCTION forum_learn() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NEW.is_listed AND EXISTS (
        SELECT 1 FROM forum_category AS place WHERE place.id = NEW.category_id AND place.is_public
    ) THEN
        PERFORM search_learn(search_names(NEW.title));
    END IF;
    RETURN NULL;
END
$body$;
CREATE TRIGGER topic_learn AFTER INSERT OR UPDATE OF title, is_listed, category_id ON forum_topic
FOR EACH ROW EXECUTE FUNCTION forum_learn()
"""
FORGET = "DROP TRIGGER topic_learn ON forum_topic; DROP FUNCTION forum_learn()"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("search", "0001_search"),
        ("accounts", "0009_unique_public_ids"),
        ("conversations", "0001_conversations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Poll",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("max_choices", models.PositiveSmallIntegerField(default=1)),
                ("is_secret", models.BooleanField(default=True)),
                (
                    "results_shown",
                    models.CharField(
                        choices=[
                            ("always", "Always"),
                            ("after_vote", "After voting"),
                            ("closed", "When the poll is closed"),
                        ],
                        default="always",
                        max_length=16,
                    ),
                ),
                ("closes_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("voter_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "line",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("slug", models.SlugField(allow_unicode=True, max_length=80, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("about", models.TextField(blank=True, max_length=1000)),
                ("color", models.PositiveSmallIntegerField(default=1)),
                ("position", models.PositiveIntegerField(default=0)),
                ("template", models.TextField(blank=True, max_length=8000)),
                (
                    "read_audience",
                    models.CharField(
                        choices=[
                            ("everyone", "Everyone"),
                            ("signed_in", "Signed-in users"),
                            ("organization", "An organization"),
                            ("staff", "Staff"),
                        ],
                        default="everyone",
                        max_length=16,
                    ),
                ),
                (
                    "read_role",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Read"), (2, "Contribute"), (3, "Write"), (4, "Admin")], default=1
                    ),
                ),
                (
                    "reply_audience",
                    models.CharField(
                        choices=[
                            ("everyone", "Everyone"),
                            ("signed_in", "Signed-in users"),
                            ("organization", "An organization"),
                            ("staff", "Staff"),
                        ],
                        default="signed_in",
                        max_length=16,
                    ),
                ),
                (
                    "reply_role",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Read"), (2, "Contribute"), (3, "Write"), (4, "Admin")], default=1
                    ),
                ),
                (
                    "create_audience",
                    models.CharField(
                        choices=[
                            ("everyone", "Everyone"),
                            ("signed_in", "Signed-in users"),
                            ("organization", "An organization"),
                            ("staff", "Staff"),
                        ],
                        default="signed_in",
                        max_length=16,
                    ),
                ),
                (
                    "create_role",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Read"), (2, "Contribute"), (3, "Write"), (4, "Admin")], default=1
                    ),
                ),
                ("is_public", models.BooleanField(default=True)),
                ("slow_mode_seconds", models.PositiveIntegerField(default=0)),
                ("closes_after_days", models.PositiveSmallIntegerField(null=True)),
                ("topic_count", models.PositiveIntegerField(default=0)),
                ("post_count", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.namespace",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="forum.category",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ImportedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=16)),
                ("foreign_id", models.BigIntegerField()),
                ("row_id", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "kind", "foreign_id"), name="imported_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PollOption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.CharField(max_length=200)),
                ("vote_count", models.PositiveIntegerField(default=0)),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="options", to="forum.poll"
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Ballot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "option",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ballots",
                        to="forum.polloption",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True)),
                ("about", models.CharField(blank=True, max_length=300)),
                ("topic_count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-topic_count", "name"], name="tags_by_use"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name"], name="tag_trigrams", opclasses=["gin_trgm_ops"]
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.BigIntegerField(
                        default=apps.community.forum.models.topics.draw_public_id, editable=False, unique=True
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("discussion", "Discussion"),
                            ("question", "Question"),
                            ("announcement", "Announcement"),
                            ("poll", "Poll"),
                        ],
                        default="discussion",
                        max_length=16,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("key", models.CharField(editable=False, max_length=200)),
                ("slug", models.CharField(editable=False, max_length=80)),
                ("is_listed", models.BooleanField(default=False)),
                ("reply_count", models.PositiveIntegerField(default=0)),
                ("bumped_at", models.DateTimeField()),
                ("solved_at", models.DateTimeField(null=True)),
                (
                    "pinned_to",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not pinned"),
                            ("category", "Pinned in its category"),
                            ("site", "Pinned everywhere"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("pinned_until", models.DateTimeField(null=True)),
                ("archived_at", models.DateTimeField(null=True)),
                ("score_day", models.PositiveIntegerField(default=0)),
                ("score_week", models.PositiveIntegerField(default=0)),
                ("score_month", models.PositiveIntegerField(default=0)),
                ("score_year", models.PositiveIntegerField(default=0)),
                ("score_all", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                (
                    "answer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.post",
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="solved_topics",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="topics",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="topics",
                        to="forum.category",
                    ),
                ),
                (
                    "first_post",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.post",
                    ),
                ),
                (
                    "last_author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="merged",
                        to="forum.topic",
                    ),
                ),
                (
                    "thread",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="topic",
                        to="conversations.thread",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Redirect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=300, unique=True)),
                (
                    "category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="redirects",
                        to="forum.category",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="redirects",
                        to="conversations.post",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="redirects",
                        to="forum.topic",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="poll",
            name="topic",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="poll", to="forum.topic"
            ),
        ),
        migrations.CreateModel(
            name="MovedPost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_places",
                        to="conversations.post",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moved_posts",
                        to="forum.topic",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="category",
            name="last_topic",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="forum.topic"
            ),
        ),
        migrations.CreateModel(
            name="Bookmark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookmarks",
                        to="conversations.post",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookmarks",
                        to="forum.topic",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TopicTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="topic_tags", to="forum.tag"
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="topic_tags",
                        to="forum.topic",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="topic",
            name="tags",
            field=models.ManyToManyField(related_name="topics", through="forum.TopicTag", to="forum.tag"),
        ),
        migrations.AddConstraint(
            model_name="polloption",
            constraint=models.UniqueConstraint(fields=("poll", "position"), name="one_option_per_position"),
        ),
        migrations.AddConstraint(
            model_name="ballot",
            constraint=models.UniqueConstraint(fields=("option", "user"), name="one_vote_per_option"),
        ),
        migrations.AddConstraint(
            model_name="redirect",
            constraint=models.CheckConstraint(
                condition=models.Q(("topic__isnull", False), ("category__isnull", False), _connector="XOR"),
                name="redirects_lead_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="movedpost",
            constraint=models.UniqueConstraint(fields=("topic", "number"), name="one_post_per_former_place"),
        ),
        migrations.AddIndex(
            model_name="bookmark",
            index=models.Index(fields=["user", "-id"], name="bookmarks_of_a_person"),
        ),
        migrations.AddConstraint(
            model_name="bookmark",
            constraint=models.UniqueConstraint(fields=("user", "post"), name="one_bookmark_per_post"),
        ),
        migrations.AddConstraint(
            model_name="topictag",
            constraint=models.UniqueConstraint(fields=("topic", "tag"), name="one_tag_of_a_name"),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True)), fields=["-bumped_at", "-id"], name="topics_latest"
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True)),
                fields=["category", "-bumped_at", "-id"],
                name="topics_of_a_category",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True)), fields=["-created_at", "-id"], name="topics_new"
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True), ("reply_count", 0)),
                fields=["-bumped_at", "-id"],
                name="topics_unanswered",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(fields=["author", "-created_at", "-id"], name="topics_of_a_person"),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("answered_by__isnull", False)),
                fields=["answered_by", "-solved_at"],
                name="topics_solved",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("pinned_to", ""), _negated=True),
                fields=["pinned_to"],
                name="topics_pinned",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True), models.Q(("score_day", 0), _negated=True)),
                fields=["-score_day", "-id"],
                name="topics_top_day",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True), models.Q(("score_week", 0), _negated=True)),
                fields=["-score_week", "-id"],
                name="topics_top_week",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True), models.Q(("score_month", 0), _negated=True)),
                fields=["-score_month", "-id"],
                name="topics_top_month",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True), models.Q(("score_year", 0), _negated=True)),
                fields=["-score_year", "-id"],
                name="topics_top_year",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=models.Index(
                condition=models.Q(("is_listed", True), models.Q(("score_all", 0), _negated=True)),
                fields=["-score_all", "-id"],
                name="topics_top_all",
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func("title", function="search_names"), name="topic_terms"
            ),
        ),
        migrations.AddIndex(
            model_name="topic",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["key"], name="topic_trigrams", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.RunSQL(LEARN, FORGET),
    ]
