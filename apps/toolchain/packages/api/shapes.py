"""Resources and bodies of the REST API of packages."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.rest.body import Body, StrictBooleanField, StrictCharField, StrictChoiceField
from apps.core.rest.fields import (
    ModelResource,
    NamedChoiceField,
    OptionalTextField,
    PathField,
)
from apps.core.rest.schema import page_of, with_example

from ..links import file_path
from ..models import (
    Maintainer,
    MaintainerInvitation,
    Project,
    ProjectFile,
    ProjectStatus,
    ProjectVersion,
    Step,
    TrustedPublisher,
)
from ..names import NAME_LIMIT_CHARACTERS

MOMENT = "2026-01-31T12:00:00.000Z"
STEPS = [("", "None"), *Step.choices]
OWN_STATUSES = [one for one in ProjectStatus.choices if one[0] != ProjectStatus.QUARANTINED]


@with_example(
    {
        "name": "tree-tools",
        "owner": "owner",
        "summary": "Counts trees",
        "latest_version": "1.0",
        "step": "preprocess",
        "status": "active",
        "status_reason": None,
        "is_private": False,
        "download_count": 120,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "url": "/tools/tree-tools",
    }
)
class Package(ModelResource):
    """A project of the package index."""

    name = serializers.CharField(source="key", help_text="Normalized name, which pip and uv install.")
    owner = serializers.CharField(source="namespace.name", help_text="Person or organization that has it.")
    latest_version = OptionalTextField(source="latest", help_text="What installers choose.")
    step = NamedChoiceField(STEPS, empty="none", help_text="Step of the work that it is for.")
    download_count = serializers.IntegerField(source="downloads", help_text="Whole files, all time.")
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Project
        fields = (
            "name",
            "owner",
            "summary",
            "latest_version",
            "step",
            "status",
            "status_reason",
            "is_private",
            "download_count",
            "created_at",
            "updated_at",
            "url",
        )
        extra_kwargs = {
            "summary": {"help_text": "Of the latest version."},
            "status": {"help_text": "Whether it is maintained; in quarantine its files are withheld."},
            "status_reason": {"help_text": "A sentence that installers show."},
            "is_private": {"help_text": "Whether only members of the owner and maintainers see it."},
            "updated_at": {"help_text": "When something that the index shows changed."},
        }


@with_example({"name": "tree-tools", "owner": "grove"})
class PackageCreate(Body):
    """A new, empty project."""

    name = StrictCharField(max_length=NAME_LIMIT_CHARACTERS)
    owner = StrictCharField(
        max_length=96, required=False, allow_null=True, help_text="Default: the person of the credential."
    )
    is_private = StrictBooleanField(required=False, help_text="Default: false.")
    step = NamedChoiceField(STEPS, empty="none", required=False, help_text="Default: none.")


@with_example({"status": "deprecated", "status_reason": "Use bush-tools"})
class PackageUpdate(Body):
    """Changes to a project; what is absent stays."""

    is_private = StrictBooleanField(required=False, help_text="Default: unchanged.")
    step = NamedChoiceField(STEPS, empty="none", required=False, help_text="Default: unchanged.")
    status = StrictChoiceField(OWN_STATUSES, required=False, help_text="Default: unchanged.")
    status_reason = StrictCharField(
        max_length=300, required=False, allow_blank=True, help_text="Default: unchanged."
    )


@with_example({"owner": "grove"})
class PackageTransfer(Body):
    """The new owner of a project."""

    owner = StrictCharField(
        max_length=96, help_text="Person or organization in which you may create projects."
    )


@with_example(
    {
        "version": "1.0",
        "summary": "Counts trees",
        "requires_python": ">=3.9",
        "requires_dist": ["requests>2"],
        "is_prerelease": False,
        "is_yanked": False,
        "yanked_reason": None,
        "created_at": MOMENT,
        "url": "/tools/tree-tools/versions/1.0",
    }
)
class PackageVersion(ModelResource):
    """A version of a project."""

    requires_dist = serializers.SerializerMethodField(help_text="What it needs, as its metadata says.")
    is_yanked = serializers.BooleanField(help_text="Whether installers ignore it unless it is pinned.")
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = ProjectVersion
        fields = (
            "version",
            "summary",
            "requires_python",
            "requires_dist",
            "is_prerelease",
            "is_yanked",
            "yanked_reason",
            "created_at",
            "url",
        )
        extra_kwargs = {
            "version": {"help_text": "Normalized."},
            "summary": {"help_text": "One line, as its metadata says."},
            "requires_python": {"help_text": "Versions of Python that it runs on."},
            "is_prerelease": {"help_text": "Whether installers choose it only on request."},
            "yanked_reason": {"help_text": "Why it was yanked."},
        }

    def get_requires_dist(self, version: ProjectVersion) -> list[str]:
        return list(version.details.get("requires_dist", []))


@with_example({"is_yanked": True, "yanked_reason": "Counts wrongly"})
class PackageVersionUpdate(Body):
    """Whether a version is yanked."""

    is_yanked = StrictBooleanField(help_text="Whether installers ignore it unless it is pinned.")
    yanked_reason = StrictCharField(
        max_length=300, required=False, allow_null=True, help_text="Shown to those who pinned the version."
    )


@with_example(
    {
        "filename": "tree_tools-1.0-py3-none-any.whl",
        "version": "1.0",
        "kind": "bdist_wheel",
        "sha256": "0" * 64,
        "size_bytes": 1024,
        "scan": "clean",
        "download_count": 12,
        "uploaded_at": MOMENT,
        "url": "/packages/tree-tools/tree_tools-1.0-py3-none-any.whl",
    }
)
class PackageFile(ModelResource):
    """A file of a version."""

    version = serializers.CharField(source="version.version", help_text="That it is of, normalized.")
    size_bytes = serializers.IntegerField(source="size")
    download_count = serializers.IntegerField(source="downloads", help_text="Whole downloads, all time.")
    url = serializers.SerializerMethodField(help_text="Path to download it from.")

    class Meta:
        model = ProjectFile
        fields = (
            "filename",
            "version",
            "kind",
            "sha256",
            "size_bytes",
            "scan",
            "download_count",
            "uploaded_at",
            "url",
        )
        extra_kwargs = {
            "filename": {"help_text": "Unique on the site; it never gets other bytes."},
            "scan": {"help_text": "What the scan on upload found."},
            "uploaded_at": {"help_text": "When it was published."},
        }

    def get_url(self, file: ProjectFile) -> str:
        return file_path(file.version.project.key, file.filename)


@with_example({"person": "member", "created_at": MOMENT})
class PackageMaintainer(ModelResource):
    """A person who may publish a project besides the people of its owner."""

    person = serializers.CharField(source="user.username")

    class Meta:
        model = Maintainer
        fields = ("person", "created_at")


@with_example(
    {
        "id": "5b8f3d1e-2c47-4e0b-9f43-1d0c8a7e6b52",
        "package": "tree-tools",
        "person": "member",
        "invited_by": "owner",
        "created_at": MOMENT,
    }
)
class PackageInvitation(ModelResource):
    """A pending invitation to maintain a project."""

    id = serializers.CharField(source="public_id")
    package = serializers.CharField(source="project.key", help_text="Project to maintain.")
    person = serializers.CharField(source="user.username")
    invited_by = serializers.SerializerMethodField(help_text="null if the account is gone.")

    class Meta:
        model = MaintainerInvitation
        fields = ("id", "package", "person", "invited_by", "created_at")

    def get_invited_by(self, invitation: MaintainerInvitation) -> str | None:
        return invitation.invited_by.username if invitation.invited_by else None


@with_example({"person": "member"})
class PackageInvitationCreate(Body):
    """Whom to invite."""

    person = StrictCharField(max_length=96, help_text="Username.")


@with_example(
    {
        "id": "5b8f3d1e-2c47-4e0b-9f43-1d0c8a7e6b52",
        "issuer": "https://git.example.com",
        "subject": "repo:owner/tree-tools:environment:release",
        "claims": {"environment": "release"},
        "added_by": "owner",
        "created_at": MOMENT,
        "last_used_at": None,
    }
)
class PackagePublisher(ModelResource):
    """A service that publishes a project by an identity token."""

    id = serializers.CharField(source="public_id")
    claims = serializers.DictField(child=serializers.CharField(), help_text="Further claims, all the same.")
    added_by = serializers.CharField(source="added_by.username", help_text="Whose rights its uploads have.")

    class Meta:
        model = TrustedPublisher
        fields = ("id", "issuer", "subject", "claims", "added_by", "created_at", "last_used_at")
        extra_kwargs = {
            "issuer": {"help_text": "OpenID provider that signs its identity tokens."},
            "subject": {"help_text": "The sub claim, exactly."},
            "last_used_at": {"help_text": "null if it has never published."},
        }


@with_example({"issuer": "https://git.example.com", "subject": "repo:owner/tree-tools:environment:release"})
class PackagePublisherCreate(Body):
    """A new trusted publisher."""

    issuer = StrictCharField(max_length=300, help_text="OpenID provider that the operator allows.")
    subject = StrictCharField(max_length=500, help_text="The sub claim, exactly.")
    claims = serializers.DictField(
        child=StrictCharField(max_length=500), required=False, help_text="Default: none."
    )


PackagePublisherPage = page_of(PackagePublisher)
PackagePage = page_of(Package)
PackageVersionPage = page_of(PackageVersion)
PackageFilePage = page_of(PackageFile)
PackageMaintainerPage = page_of(PackageMaintainer)
PackageInvitationPage = page_of(PackageInvitation)
