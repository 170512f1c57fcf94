"""REST API: schemas of repositories."""

from __future__ import annotations

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.body import Body, StrictBooleanField, StrictCharField, StrictChoiceField
from apps.core.rest.fields import ModelResource, NamedChoiceField, OptionalTextField, PathField, Resource
from apps.core.rest.schema import page_of, with_example

from ..addresses import RepoKind
from ..models import Gating, Repo


class SpaceSdk(models.TextChoices):
    """What an application is written for."""

    DOCKER = "docker"
    GRADIO = "gradio"
    STATIC = "static"
    STREAMLIT = "streamlit"


GATING_NONE = "none"
FULL_NAME = "owner/name, the same in each kind of repository."
FULL_NAME_LIMIT = 200
REPO_EXAMPLE: dict[str, Any] = {
    "id": "0b5f4f6e-6f0d-4a55-9c57-0f3b1f6b7a11",
    "kind": "model",
    "full_name": "owner/tiny-llama",
    "namespace": "owner",
    "name": "tiny-llama",
    "url": "/owner/tiny-llama",
    "is_private": False,
    "gating": "none",
    "default_branch": "main",
    "head_sha": "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
    "title": "Tiny llama",
    "description": "A small model for tests.",
    "task": "text-generation",
    "library": "transformers",
    "license": "apache-2.0",
    "languages": ["en"],
    "base_models": [],
    "datasets": ["owner/film-lines"],
    "tags": ["text-generation", "license:apache-2.0"],
    "parameters": 1_100_000,
    "parameters_by_dtype": {"F32": 1_100_000},
    "size_bytes": 4_412_000,
    "file_count": 7,
    "downloads": 12,
    "likes": 3,
    "created_at": "2026-01-31T12:00:00.000Z",
    "updated_at": "2026-01-31T12:00:00.000Z",
}


def strings(about: str) -> Any:
    """Return a field for a list of texts."""
    return serializers.ListField(child=serializers.CharField(), help_text=about)


@with_example(REPO_EXAMPLE)
class RepoSerializer(ModelResource):
    """A repository. Its metadata is read from the files of the default branch."""

    full_name = serializers.CharField(source="address.id", help_text=FULL_NAME)
    namespace = serializers.CharField(
        source="namespace.name", help_text="User or organization that owns the repository."
    )
    url = PathField(source="get_absolute_url", help_text="Path of the repository's page.")
    gating = NamedChoiceField(
        Gating, empty=GATING_NONE, help_text="How people get access to the files of a public repository."
    )
    head_sha = OptionalTextField(
        source="head", help_text="Commit of the default branch; null if there is none yet."
    )
    languages = strings("ISO 639 codes from the card.")
    base_models = strings("Models that it is derived from, as written in the card.")
    datasets = strings("Datasets that it was trained on, as written in the card.")
    tags = serializers.SerializerMethodField(help_text="Tags from the card and the files.")
    parameters_by_dtype = serializers.DictField(
        child=serializers.IntegerField(), help_text="Number of parameters by data type, such as BF16."
    )

    class Meta:
        model = Repo
        fields: tuple[str, ...] = tuple(REPO_EXAMPLE)
        extra_kwargs = {
            "id": {"help_text": "Stays the same when the repository is renamed or transferred."},
            "name": {"help_text": "The part of `full_name` after the slash."},
            "is_private": {"help_text": "Whether only the owner and members of the organization see it."},
            "default_branch": {"help_text": "Short name of the branch that everything else is read from."},
            "likes": {"help_text": "People who like it."},
            "title": {"help_text": "First heading of the card."},
            "description": {"help_text": "First paragraph of the card, or its `description`."},
            "task": {"help_text": "`pipeline_tag` of the card, or the task that the files imply."},
            "library": {"help_text": "`library_name` of the card, or the library that the files imply."},
            "license": {"help_text": "SPDX identifier in lower case, or another value from the card."},
            "parameters": {"help_text": "Number of parameters; null if the files don't tell."},
            "size_bytes": {"help_text": "All files of the default branch."},
            "file_count": {"help_text": "Files of the default branch."},
            "downloads": {"help_text": "Downloads of the last 30 days."},
            "updated_at": {"help_text": "Time of the last change of files or settings."},
        }

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_tags(self, repo: Repo) -> list[str]:
        return repo.tags


@with_example({**REPO_EXAMPLE, "card": {"license": "apache-2.0"}, "config": {"model_type": "llama"}})
class RepoDetailSerializer(RepoSerializer):
    """A repository with the metadata of its card and the configuration of its model."""

    card = serializers.DictField(help_text="YAML metadata of README.md.")
    config = serializers.DictField(help_text="Selected fields of config.json.")

    class Meta(RepoSerializer.Meta):
        fields = (*RepoSerializer.Meta.fields, "card", "config")


RepoPage = page_of(RepoSerializer)


@with_example(
    {
        "kind": "model",
        "namespace": "owner",
        "name": "tiny-llama",
        "is_private": False,
        "license": "apache-2.0",
    }
)
class RepoCreate(Body):
    """A new repository. With a license or description, it starts with a card."""

    kind = StrictChoiceField(RepoKind.choices, required=False, allow_null=True, help_text="Default: model.")
    namespace = StrictCharField(
        max_length=96, required=False, allow_null=True, help_text="Default: your username."
    )
    name = StrictCharField(
        max_length=96, help_text="Letters, digits, and single -, _ or . in between, such as tiny-llama."
    )
    is_private = StrictBooleanField(
        required=False, allow_null=True, help_text="Default: the owner's setting for new repositories."
    )
    license = StrictCharField(
        max_length=100,
        required=False,
        allow_null=True,
        help_text="License of the card, such as apache-2.0. Default: none.",
    )
    description = StrictCharField(
        max_length=300, required=False, allow_null=True, help_text="First paragraph of the card."
    )
    sdk = StrictChoiceField(
        SpaceSdk.choices, required=False, allow_null=True, help_text="SDK of a space, which requires one."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data.get("kind") == RepoKind.SPACE and not data.get("sdk"):
            raise serializers.ValidationError(
                {"sdk": [f"Applications require one of {', '.join(SpaceSdk.values)}."]}
            )
        return data


@with_example({"is_private": True, "gating": "manual"})
class RepoUpdate(Body):
    """Settings to change; omitted fields stay unchanged."""

    is_private = StrictBooleanField(
        required=False,
        allow_null=True,
        help_text="Whether only the owner and members of the organization see it.",
    )
    gating = NamedChoiceField(
        Gating,
        empty=GATING_NONE,
        required=False,
        allow_null=True,
        help_text="How people get access to the files of a public repository.",
    )
    default_branch = StrictCharField(
        max_length=200, required=False, allow_null=True, help_text="Short name of an existing branch."
    )


@with_example({"namespace": "owner", "name": "small-llama"})
class RepoMove(Body):
    """The new name; the old one redirects to it."""

    namespace = StrictCharField(
        max_length=96, required=False, allow_null=True, help_text="Default: unchanged."
    )
    name = StrictCharField(max_length=96, required=False, allow_null=True, help_text="Default: unchanged.")


class FacetValue(Resource):
    """A value of a facet."""

    value = serializers.CharField(help_text="Such as text-generation, or mit.")
    count = serializers.IntegerField(
        allow_null=True, help_text="Repositories with this value; null if more than 10,000 match."
    )


@with_example(
    {
        "task": [{"value": "text-generation", "count": 3}],
        "library": [{"value": "transformers", "count": 3}],
        "license": [{"value": "mit", "count": 2}],
        "language": [{"value": "en", "count": 3}],
    }
)
class Facets(Resource):
    """The values of each facet and their counts, most frequent first."""

    task = FacetValue(many=True, help_text="Values of the filter `task`.")
    library = FacetValue(many=True, help_text="Values of the filter `library`.")
    license = FacetValue(many=True, help_text="Values of the filter `license`.")
    language = FacetValue(many=True, help_text="Values of the filter `language`.")
