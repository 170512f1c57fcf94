"""REST API: schemas of repositories."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.rest.body import Body, StrictBooleanField, StrictCharField, StrictChoiceField
from apps.core.rest.schema import page_of, with_example
from apps.registry.formats.cards.rules import SDKS

from ..addresses import RepoKind
from ..models import Gating, Repo

Strings = serializers.ListField(child=serializers.CharField())


REPO_EXAMPLE: dict[str, Any] = {
    "id": "0b5f4f6e-6f0d-4a55-9c57-0f3b1f6b7a11",
    "kind": "model",
    "namespace": "owner",
    "name": "tiny-llama",
    "address": "owner/tiny-llama",
    "url": "/owner/tiny-llama",
    "is_private": False,
    "default_branch": "main",
    "head": "4f1c2d9ab0e37c55d1f0a6b8c9e2d4f6a8b0c1d3",
    "title": "Tiny llama",
    "description": "A small model for tests.",
    "gating": "",
    "task": "text-generation",
    "library": "transformers",
    "licence": "apache-2.0",
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
    "created_at": "2026-01-31T12:00:00Z",
    "updated_at": "2026-01-31T12:00:00Z",
}


@with_example(REPO_EXAMPLE)
class RepoSerializer(serializers.ModelSerializer[Any]):
    """A repository. Sizes are in bytes, times ISO 8601 in UTC; metadata is read from the default branch."""

    namespace = serializers.CharField(source="namespace.name")
    address = serializers.CharField(help_text="owner/name; datasets/owner/name for datasets.")
    url = serializers.CharField(source="get_absolute_url", help_text="URL of the page.")
    languages = serializers.ListField(child=serializers.CharField())
    base_models = serializers.ListField(child=serializers.CharField())
    datasets = serializers.ListField(child=serializers.CharField())
    parameters = serializers.IntegerField(allow_null=True)
    parameters_by_dtype = serializers.DictField(child=serializers.IntegerField())
    tags = serializers.SerializerMethodField()

    class Meta:
        model = Repo
        fields: tuple[str, ...] = (
            *(
                "id",
                "kind",
                "namespace",
                "name",
                "address",
                "url",
                "is_private",
                "default_branch",
                "head",
                "title",
                "description",
            ),
            *(
                "gating",
                "task",
                "library",
                "licence",
                "languages",
                "base_models",
                "datasets",
                "tags",
                "parameters",
                "parameters_by_dtype",
            ),
            *("size_bytes", "file_count", "downloads", "likes", "created_at", "updated_at"),
        )
        extra_kwargs = {"licence": {"source": "license"}}

    @extend_schema_field(Strings)
    def get_tags(self, repo: Repo) -> list[str]:
        return repo.tags


@with_example({**REPO_EXAMPLE, "card": {"license": "apache-2.0"}, "config": {"model_type": "llama"}})
class RepoDetailSerializer(RepoSerializer):
    """A repository with the metadata of its card and the configuration of its model."""

    card = serializers.DictField()
    config = serializers.DictField()

    class Meta(RepoSerializer.Meta):
        fields = (*RepoSerializer.Meta.fields, "card", "config")


RepoPage = page_of(RepoSerializer)


@with_example(
    {
        "kind": "model",
        "namespace": "owner",
        "name": "tiny-llama",
        "is_private": False,
        "licence": "apache-2.0",
    }
)
class NewRepo(Body):
    """A new repository. With a license or description, it starts with a card."""

    kind = StrictChoiceField(RepoKind.choices, required=False, default=RepoKind.MODEL.value)
    namespace = StrictCharField(max_length=96, required=False, help_text="Default: your username.")
    name = StrictCharField(max_length=96)
    is_private = StrictBooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Default: the owner's setting for new repositories.",
    )
    licence = StrictCharField(max_length=100, required=False, allow_blank=True, default="")
    description = StrictCharField(max_length=300, required=False, allow_blank=True, default="")
    sdk = StrictChoiceField(sorted(SDKS), required=False, help_text="SDK of an application.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["kind"] == RepoKind.SPACE and not data.get("sdk"):
            raise serializers.ValidationError(
                {"sdk": [f"Applications require one of {', '.join(sorted(SDKS))}."]}
            )
        return data


@with_example({"is_private": True, "gating": "manual"})
class RepoChange(Body):
    """Settings to change; omitted fields stay unchanged."""

    is_private = StrictBooleanField(required=False)
    gating = StrictChoiceField(
        Gating.choices,
        required=False,
        help_text="How people get access to the files: auto, manual, or empty if not gated.",
    )
    default_branch = StrictCharField(max_length=200, required=False)


@with_example({"namespace": "owner", "name": "small-llama"})
class RepoMove(Body):
    """The new address; the old one redirects to it."""

    namespace = StrictCharField(max_length=96, required=False, help_text="Default: unchanged.")
    name = StrictCharField(max_length=96, required=False, help_text="Default: unchanged.")


class FacetValue(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)


@with_example(
    {
        "task": [{"value": "text-generation", "count": 3}],
        "library": [{"value": "transformers", "count": 3}],
        "licence": [{"value": "mit", "count": 2}],
        "language": [{"value": "en", "count": 3}],
    }
)
class Facets(serializers.Serializer[Any]):
    """The values of each facet and their counts, most frequent first."""

    task = FacetValue(many=True)
    library = FacetValue(many=True)
    licence = FacetValue(many=True)
    language = FacetValue(many=True)
