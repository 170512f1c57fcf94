"""REST API: lineage."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation, with_example
from apps.core.rest.view import ApiView, actor_of
from apps.core.web.policies import requires
from apps.registry.repos.api.repo_view import ADDRESS
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_SEE
from apps.toolchain.jobs.selectors import lineage_for


class NodePart(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)
    is_current = serializers.BooleanField()


@with_example(
    {
        "nodes": [
            {
                "key": "model:1",
                "title": "owner/base",
                "note": "Model",
                "url": "/owner/base",
                "is_current": True,
            }
        ],
        "edges": [["model:1", "job:2"]],
    }
)
class Graph(serializers.Serializer[Any]):
    """Repositories and the jobs between them: nodes, and edges as pairs of keys, source first."""

    nodes = NodePart(many=True)
    edges = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    )


@requires(REPO_SEE)
class LineageGraph(ApiView):
    @operation("get_lineage", "relations", Graph, 404, params=ADDRESS)
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
        return Response({"nodes": nodes, "edges": [list(pair) for pair in graph.edges]})
