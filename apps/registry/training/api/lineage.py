"""REST API: lineage."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.fields import OptionalTextField, PathField, Resource
from apps.core.rest.schema import operation, with_example
from apps.core.rest.view import ApiView, actor_of
from apps.core.web.policies import requires
from apps.registry.repos.api.repo_view import ADDRESS
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_SEE
from apps.toolchain.jobs.selectors import lineage_for


class LineageNode(Resource):
    """A repository or a job."""

    key = serializers.CharField(help_text="Opaque; names the node in `edges`.")
    title = serializers.CharField(help_text="`full_name` of a repository, or the kind of a job.")
    note = OptionalTextField(help_text="Kind of a repository, or state of a job, for people.")
    url = PathField(allow_null=True, help_text="Path of its page; null if it is gone.")
    is_current = serializers.BooleanField(help_text="Whether it is the repository of the request.")


class LineageEdge(Resource):
    """Says that the target was made from the source."""

    source = serializers.CharField(help_text="Key of a node.")  # type: ignore[assignment]
    target = serializers.CharField(help_text="Key of a node.")


@with_example(
    {
        "nodes": [
            {
                "key": "repo:0b5f4f6e-6f0d-4a55-9c57-0f3b1f6b7a11",
                "title": "owner/base",
                "note": "Model",
                "url": "/owner/base",
                "is_current": True,
            },
            {
                "key": "job:5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
                "title": "Fine-tune",
                "note": "Succeeded",
                "url": "/jobs/5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
                "is_current": False,
            },
        ],
        "edges": [
            {
                "source": "repo:0b5f4f6e-6f0d-4a55-9c57-0f3b1f6b7a11",
                "target": "job:5b1f0c7e-2f6a-4a7e-9a0e-3f1a2b4c5d6e",
            }
        ],
    }
)
class Lineage(Resource):
    """Repositories, and the jobs that made them from each other."""

    nodes = LineageNode(many=True, help_text="Repositories, and at most 40 jobs.")
    edges = LineageEdge(many=True, help_text="Which node was made from which.")


@requires(REPO_SEE)
class LineageGraph(ApiView):
    @operation("get_lineage", "relations", Lineage, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get the lineage of a repository: jobs, their inputs and outputs."""
        graph = lineage_for(repo.pk, actor_of(request))
        nodes = [
            {
                "key": one.key,
                "title": one.label,
                "note": one.kind,
                "url": one.href,
                "is_current": one.is_current,
            }
            for one in graph.nodes
        ]
        edges = [{"source": source, "target": target} for source, target in graph.edges]
        return Response(Lineage({"nodes": nodes, "edges": edges}).data)
