"""Resources and bodies of the REST API of feedback."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.conversations.api.shapes import THREAD_EXAMPLE
from apps.core.conversations.models import SOURCE_LIMIT_CHARACTERS
from apps.core.rest.body import (
    Body,
    RawCharField,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
)
from apps.core.rest.fields import (
    ModelResource,
    NamedChoiceField,
    OptionalTextField,
    PathField,
    Resource,
)
from apps.core.rest.schema import page_of, with_example
from apps.registry.repos.addresses import RepoKind

from ..models import (
    Board,
    BoardStatus,
    BugReport,
    ChangeKind,
    ChangelogEntry,
    Idea,
    Label,
    Reproducibility,
    Severity,
    StatusChange,
    StatusKind,
)
from ..models.board import ABOUT_CHARACTERS, BOARD_NAME_CHARACTERS, SLUG_CHARACTERS, TEMPLATE_CHARACTERS
from ..models.changelog import ENTRY_CHARACTERS
from ..models.idea import TITLE_CHARACTERS
from ..services.votes import WEIGHT_LIMIT

ABOUT = "What the board is for."
LABELS = "Names of labels of the board."
COMMIT = "Revision of the board's repository that the report is about."
VERSION = "Version of what is broken, as its user writes it."
ENVIRONMENT = "Operating system, hardware, versions of libraries."
RELEASE = "Version of the release."
BOARD_FACTS: dict[str, Any] = {
    "about": {"help_text": ABOUT},
    "is_private": {"help_text": "Whether only members of its owner see it."},
    "is_archived": {"help_text": "Whether it takes no new ideas, votes and comments."},
    "takes_bugs": {"help_text": "Whether it takes bug reports and security reports."},
    "bug_template": {"help_text": "Text that a bug report starts with."},
}
MOMENT = "2026-01-31T12:00:00.000Z"
REPO = {"kind": "model", "full_name": "owner/tiny-llama"}


@with_example(REPO)
class ReviewedRepo(Resource):
    """A repository by its kind and name."""

    kind = serializers.ChoiceField(RepoKind.choices)
    full_name = serializers.CharField(source="address.id")


class BoardStatusSerializer(ModelResource):
    """A status that a board defines."""

    name = serializers.CharField(source="label")

    class Meta:
        model = BoardStatus
        fields = ("slug", "name", "kind", "is_on_roadmap", "is_default")
        extra_kwargs = {
            "slug": {"help_text": "Its name in addresses and filters."},
            "kind": {"help_text": "What the status means, whatever its name."},
            "is_on_roadmap": {"help_text": "Whether it is a column of the roadmap."},
            "is_default": {"help_text": "Whether new ideas get it."},
        }


class LabelSerializer(ModelResource):
    """A label of a board."""

    class Meta:
        model = Label
        fields = ("name", "is_open")
        extra_kwargs = {"is_open": {"help_text": "Whether everybody can use it, not only the team."}}


STATUS = {"slug": "open", "name": "Under review", "kind": "open", "is_on_roadmap": False, "is_default": True}


@with_example(
    {
        "slug": "owner-tiny-llama",
        "name": "tiny-llama",
        "about": None,
        "namespace": "owner",
        "repo": REPO,
        "is_private": False,
        "is_archived": False,
        "takes_bugs": True,
        "bug_template": None,
        "state": "visible",
        "idea_count": 12,
        "statuses": [STATUS],
        "labels": [{"name": "UI", "is_open": True}],
        "created_at": MOMENT,
        "url": "/feedback/boards/owner-tiny-llama",
    }
)
class BoardSerializer(ModelResource):
    """A board of ideas and bug reports."""

    namespace = serializers.SerializerMethodField(
        help_text="Person or organization that it belongs to; null for a board of the site."
    )
    repo = ReviewedRepo(allow_null=True, help_text="Repository that it belongs to.")
    statuses = BoardStatusSerializer(many=True)
    labels = LabelSerializer(many=True)
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Board
        fields = (
            "slug",
            "name",
            "about",
            "namespace",
            "repo",
            "is_private",
            "is_archived",
            "takes_bugs",
            "bug_template",
            "state",
            "idea_count",
            "statuses",
            "labels",
            "created_at",
            "url",
        )
        extra_kwargs = {
            **BOARD_FACTS,
            "slug": {"help_text": "Its name in addresses."},
            "idea_count": {"help_text": "Ideas and bug reports that everyone who sees the board can read."},
        }

    def get_namespace(self, board: Board) -> str | None:
        owner = board.repo.namespace if board.repo else board.namespace
        return owner.name if owner else None


class BoardRepoCreate(Body):
    """The repository that a new board belongs to."""

    kind = StrictChoiceField(RepoKind.choices)
    full_name = StrictCharField(max_length=200, help_text="owner/name")


@with_example({"name": "Platform", "namespace": "grove"})
class BoardCreate(Body):
    """A new board: of a repository, of a namespace, or else of the site."""

    name = StrictCharField(max_length=BOARD_NAME_CHARACTERS)
    slug = serializers.SlugField(
        max_length=SLUG_CHARACTERS, required=False, allow_null=True, help_text="Chosen by the name if absent."
    )
    about = StrictCharField(max_length=ABOUT_CHARACTERS, required=False, allow_null=True, help_text=ABOUT)
    namespace = StrictCharField(max_length=96, required=False, allow_null=True)
    repo = BoardRepoCreate(required=False, allow_null=True)
    is_private = StrictBooleanField(required=False, default=False)


@with_example({"is_archived": True})
class BoardUpdate(Body):
    """Changes to a board; what is absent stays."""

    name = StrictCharField(max_length=BOARD_NAME_CHARACTERS, required=False)
    about = StrictCharField(
        max_length=ABOUT_CHARACTERS, required=False, allow_blank=True, **BOARD_FACTS["about"]
    )
    is_private = StrictBooleanField(required=False, **BOARD_FACTS["is_private"])
    is_archived = StrictBooleanField(required=False, **BOARD_FACTS["is_archived"])
    takes_bugs = StrictBooleanField(required=False, **BOARD_FACTS["takes_bugs"])
    bug_template = RawCharField(max_length=TEMPLATE_CHARACTERS, required=False, **BOARD_FACTS["bug_template"])


class StatusWrite(Body):
    """A status of a board."""

    slug = serializers.SlugField(max_length=40, help_text="Its name in addresses and filters.")
    kind = StrictChoiceField(StatusKind.choices)
    name = StrictCharField(
        max_length=40, required=False, allow_null=True, help_text="That of its kind if absent."
    )
    is_on_roadmap = StrictBooleanField(required=False, default=False)


@with_example({"statuses": [{"slug": "open", "kind": "open"}]})
class BoardStatuses(Body):
    """All statuses of a board, in order; new ideas get the first one."""

    statuses = StatusWrite(many=True)


class LabelWrite(Body):
    """A label of a board."""

    name = StrictCharField(max_length=40)
    is_open = StrictBooleanField(required=False, default=True)


@with_example({"labels": [{"name": "UI", "is_open": True}]})
class BoardLabels(Body):
    """All labels of a board."""

    labels = LabelWrite(many=True)


# ideas


class BugReportSerializer(ModelResource):
    """The facts of a bug report."""

    reproducibility = NamedChoiceField(Reproducibility, empty="unknown")

    class Meta:
        model = BugReport
        fields = ("version", "environment", "severity", "reproducibility", "commit_sha")
        extra_kwargs = {
            "version": {"help_text": VERSION},
            "environment": {"help_text": ENVIRONMENT},
            "commit_sha": {"help_text": COMMIT},
        }


IDEA = {
    "id": "0f1e2d3c4b5a6978",
    "board": "platform",
    "kind": "idea",
    "title": "Dark mode",
    "author": "owner",
    "status": STATUS,
    "labels": ["UI"],
    "state": "visible",
    "is_security": False,
    "bug": None,
    "vote_count": 12,
    "comment_count": 3,
    "viewer_has_voted": True,
    "thread_id": THREAD_EXAMPLE,
    "merged_into": None,
    "official_reply": None,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "url": "/feedback/ideas/0f1e2d3c4b5a6978",
}


@with_example(IDEA)
class IdeaSerializer(ModelResource):
    """An idea or a bug report."""

    id = serializers.CharField(source="key")
    board = serializers.CharField(source="board.slug", help_text="Slug of its board.")
    author = serializers.SerializerMethodField(help_text="Username; null without an account here.")
    status = BoardStatusSerializer(help_text="Its status on the board.")
    labels: Any = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True, help_text=LABELS)
    bug = serializers.SerializerMethodField(help_text="null for an idea.")
    viewer_has_voted = serializers.BooleanField(help_text="Whether you vote for it.")
    thread_id = serializers.CharField(source="thread.public_id", help_text="Id of the conversation about it.")
    merged_into = OptionalTextField(
        source="merged_into.key", default=None, help_text="Id of the idea that took over its votes."
    )
    official_reply = serializers.SerializerMethodField(help_text="Markdown of the team's answer.")
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Idea
        fields = tuple(IDEA)
        extra_kwargs = {
            "is_security": {"help_text": "Whether only its author and the team see it."},
            "vote_count": {"help_text": "People who vote for it."},
            "comment_count": {"help_text": "Posts of its conversation after the first one."},
        }

    def get_author(self, idea: Idea) -> str | None:
        return idea.author.username if idea.author else None

    @extend_schema_field(BugReportSerializer(allow_null=True))
    def get_bug(self, idea: Idea) -> Any:
        bug = getattr(idea, "bug", None)
        return BugReportSerializer(bug).data if bug is not None else None

    def get_official_reply(self, idea: Idea) -> str | None:
        reply = idea.official_reply
        return reply.source if reply is not None and reply.is_visible else None


class BugReportCreate(Body):
    """The facts of a new bug report."""

    version = StrictCharField(max_length=80, required=False, allow_null=True, help_text=VERSION)
    environment = StrictCharField(max_length=1000, required=False, allow_null=True, help_text=ENVIRONMENT)
    severity = StrictChoiceField(Severity.choices, required=False, default=Severity.MEDIUM)
    reproducibility = NamedChoiceField(Reproducibility, empty="unknown", required=False, default="unknown")
    commit_sha = serializers.RegexField("^[0-9a-f]{7,64}$", required=False, allow_null=True, help_text=COMMIT)


@with_example({"title": "Dark mode", "text": "At night."})
class IdeaCreate(Body):
    """A new idea; with `bug` it is a bug report."""

    title = StrictCharField(max_length=TITLE_CHARACTERS)
    text = StrictCharField(max_length=SOURCE_LIMIT_CHARACTERS, help_text="Markdown.")
    labels = serializers.ListField(
        child=StrictCharField(max_length=40), max_length=50, required=False, help_text=LABELS
    )
    bug = BugReportCreate(required=False, allow_null=True)
    is_security = StrictBooleanField(
        required=False, default=False, help_text="Only you and the team see the report."
    )


@with_example({"labels": ["UI"]})
class IdeaUpdate(Body):
    """Changes to an idea; what is absent stays."""

    title = StrictCharField(max_length=TITLE_CHARACTERS, required=False)
    labels = serializers.ListField(
        child=StrictCharField(max_length=40), max_length=50, required=False, help_text=LABELS
    )


@with_example({"status": "planned", "reply": "In May."})
class IdeaStatusUpdate(Body):
    """Another status of an idea."""

    status = StrictCharField(max_length=40, help_text="Slug of a status of the board.")
    reply = StrictCharField(
        max_length=SOURCE_LIMIT_CHARACTERS,
        required=False,
        allow_null=True,
        help_text="Official reply, in Markdown.",
    )


@with_example({"into": "0f1e2d3c4b5a6978"})
class IdeaMerge(Body):
    """The idea that stays."""

    into = StrictCharField(max_length=64, help_text="Id of an idea of the same board.")


@with_example({"weight": 5})
class VoteOnBehalf(Body):
    """The vote of a person who told the team."""

    weight = StrictIntegerField(
        min_value=0,
        max_value=WEIGHT_LIMIT,
        required=False,
        default=1,
        help_text="What the team counts it as; no response shows it.",
    )


@with_example({"before": "Under review", "after": "Planned", "changed_by": "owner", "created_at": MOMENT})
class StatusChangeSerializer(ModelResource):
    """A change of an idea's status."""

    before = serializers.CharField(source="before_label", help_text="Name of the former status.")
    after = serializers.CharField(source="after_label", help_text="Name of the new status.")
    changed_by = OptionalTextField(source="changed_by.username", default=None, help_text="Username.")

    class Meta:
        model = StatusChange
        fields = ("before", "after", "changed_by", "created_at")


# the changelog

ENTRY = {
    "id": "0f1e2d3c4b5a6978",
    "board": "platform",
    "title": "Version 2",
    "version": "2.0",
    "text": "**Dark** mode",
    "html": "<p><strong>Dark</strong> mode</p>",
    "kinds": ["added"],
    "ideas": ["0f1e2d3c4b5a6978"],
    "state": "published",
    "published_at": MOMENT,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "url": "/feedback/changelog/0f1e2d3c4b5a6978",
}


@with_example(ENTRY)
class ChangelogEntrySerializer(ModelResource):
    """An entry of a changelog."""

    id = serializers.CharField(source="key")
    board = serializers.CharField(source="board.slug", help_text="Slug of its board.")
    text = serializers.CharField(source="source", help_text="Markdown.")
    html = serializers.CharField(help_text="The text, rendered and clean.")
    kinds = serializers.ListField(child=serializers.ChoiceField(ChangeKind.choices))
    ideas: Any = serializers.SlugRelatedField(
        slug_field="key", many=True, read_only=True, help_text="Ids of the ideas that it delivers."
    )
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = ChangelogEntry
        fields = tuple(ENTRY)
        extra_kwargs = {
            "version": {"help_text": RELEASE},
            "published_at": {"help_text": "null for a draft; in the future while it is scheduled."},
        }


class _EntryFields(Body):
    version = StrictCharField(max_length=80, required=False, allow_blank=True, help_text=RELEASE)
    kinds = serializers.ListField(
        child=StrictChoiceField(ChangeKind.choices), max_length=len(ChangeKind), required=False
    )
    ideas = serializers.ListField(
        child=StrictCharField(max_length=64), max_length=100, required=False, help_text="Ids of ideas."
    )


@with_example({"title": "Version 2", "text": "**Dark** mode", "kinds": ["added"]})
class ChangelogEntryCreate(_EntryFields):
    """A new draft."""

    title = StrictCharField(max_length=TITLE_CHARACTERS)
    text = StrictCharField(max_length=ENTRY_CHARACTERS, help_text="Markdown.")


@with_example({"title": "Version 2.1"})
class ChangelogEntryUpdate(_EntryFields):
    """Changes to an entry; what is absent stays."""

    title = StrictCharField(max_length=TITLE_CHARACTERS, required=False)
    text = StrictCharField(max_length=ENTRY_CHARACTERS, required=False, help_text="Markdown.")


@with_example({"at": None})
class ChangelogEntryPublish(Body):
    """When an entry is published."""

    at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Now if it is null or in the past."
    )


# files


@with_example({"format": "csv", "content": "title,votes\nDark mode,12\n"})
class BoardImport(Body):
    """A file to import into a board."""

    format = StrictChoiceField([("csv", "csv"), ("json", "json")])
    content = RawCharField(help_text="The columns of Canny or Fider, or an exported board.")


@with_example({"content": {"format": "banyan-board", "version": 1, "ideas": []}})
class BoardExport(Resource):
    """A whole board as `import_board` takes it."""

    content = serializers.DictField(help_text="What `import_board` takes, as a JSON text.")


class ImportProblem(Resource):
    """A row that was left out."""

    line = serializers.IntegerField(help_text="Where it stands in the file, counted from 1.")
    detail = serializers.CharField(source="words", help_text="Why it was left out.")


@with_example(
    {
        "imported_count": 1,
        "skipped_count": 0,
        "entry_count": 0,
        "problems": [{"line": 3, "detail": "No title."}],
    }
)
class BoardImportResult(Resource):
    """What an import did."""

    imported_count = serializers.IntegerField(source="imported", help_text="New ideas.")
    skipped_count = serializers.IntegerField(source="skipped", help_text="Imported before.")
    entry_count = serializers.IntegerField(source="entries", help_text="Changelog entries.")
    problems = ImportProblem(many=True)


BoardPage, IdeaPage = page_of(BoardSerializer), page_of(IdeaSerializer)
ChangelogEntryPage, StatusChangePage = page_of(ChangelogEntrySerializer), page_of(StatusChangeSerializer)
