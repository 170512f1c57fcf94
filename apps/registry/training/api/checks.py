"""REST API: what a training would make of the rows of a dataset, before it is ordered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import Body, StrictCharField, validated
from apps.core.rest.fields import Resource
from apps.core.rest.schema import operation, with_example
from apps.core.rest.view import ApiView, actor_of
from apps.core.web.policies import SIGNED_IN, requires
from apps.toolchain.contracts.chats import BUCKETS
from apps.toolchain.jobs.errors import InvalidOrder
from apps.users.accounts.scopes import OAuthScope

from ..presenters.data_checks import SplitCheck, check_order, words_of
from .orders import RepoRef, fields_of, input_of


@with_example(
    {
        "kind": "fine_tune",
        "recipe": "chat-sft",
        "inputs": {
            "model": {"full_name": "owner/tiny-llama"},
            "dataset": {"kind": "dataset", "full_name": "owner/chats"},
        },
        "params": {"max_length": 512},
    }
)
class JobCheckCreate(Body):
    """A job whose rows are to be checked."""

    kind = StrictCharField(max_length=40, help_text="Kind of the recipe.")
    recipe = StrictCharField(max_length=80, help_text="Name of a recipe of this kind that reads chats.")
    inputs = serializers.DictField(
        child=RepoRef(), help_text="Repositories by the names of the recipe's inputs, such as model."
    )
    params = serializers.DictField(
        required=False, allow_null=True, help_text="Values by the names of the recipe's params."
    )


class DataProblem(Resource):
    """A row that the recipe cannot read."""

    path = serializers.CharField(help_text="File of the dataset.")
    line = serializers.IntegerField(help_text="Line of a text file, or number of the row, from 1.")
    code = serializers.CharField(help_text="What is wrong, for programs.")
    detail = serializers.CharField(help_text="What is wrong, for people.")


class PreviewMessage(Resource):
    """A message as the recipe reads it."""

    role = serializers.CharField(help_text="system, user or assistant.")
    content = serializers.CharField(help_text="Its text.")
    is_learned = serializers.BooleanField(help_text="Whether the model learns to write it.")


class RowPreview(Resource):
    """A row as the recipe reads it."""

    path = serializers.CharField(help_text="File of the dataset.")
    line = serializers.IntegerField(help_text="Line of a text file, or number of the row, from 1.")
    messages = PreviewMessage(many=True, help_text="Up to the last answer that is learned.")
    rejected = PreviewMessage(many=True, help_text="The worse answer of a preference.")


class TokenCount(Resource):
    """Rows of about the same length."""

    up_to = serializers.IntegerField(allow_null=True, help_text="Tokens at most; null for longer rows.")
    rows_count = serializers.IntegerField(help_text="Number of rows.")


class SplitCheckSerializer(Resource):
    """What the recipe would make of a split. Tokens are estimated from the characters."""

    split = serializers.CharField(help_text="Name of the split.")
    is_complete = serializers.BooleanField(
        help_text="Whether all of it was read: up to 50,000 rows or 64 MiB."
    )
    problem = serializers.CharField(allow_null=True, help_text="Why it could not be read to its end.")
    rows_count = serializers.IntegerField(help_text="Rows that were read.")
    invalid_rows_count = serializers.IntegerField(
        help_text="Rows that the recipe cannot read; a job refuses them."
    )
    repeated_rows_count = serializers.IntegerField(help_text="Rows that say what an earlier row says.")
    truncated_rows_count = serializers.IntegerField(help_text="Rows longer than max_length.")
    left_out_rows_count = serializers.IntegerField(help_text="Rows whose answers do not fit into max_length.")
    tokens_count = serializers.IntegerField(help_text="Tokens of all rows, as far as they are read.")
    learned_tokens_count = serializers.IntegerField(help_text="Tokens that the model learns to write.")
    longest_tokens_count = serializers.IntegerField(help_text="Tokens of the longest row.")
    histogram = TokenCount(many=True, help_text="Rows by tokens.")
    problems = DataProblem(many=True, help_text="The first 50.")
    previews = RowPreview(many=True, help_text="The first rows.")


@with_example(
    {
        "splits": [
            {
                "split": "train",
                "is_complete": True,
                "problem": None,
                "rows_count": 120,
                "invalid_rows_count": 1,
                "repeated_rows_count": 4,
                "truncated_rows_count": 2,
                "left_out_rows_count": 0,
                "tokens_count": 9_800,
                "learned_tokens_count": 5_100,
                "longest_tokens_count": 640,
                "histogram": [{"up_to": 32, "rows_count": 12}],
                "problems": [
                    {
                        "path": "train.jsonl",
                        "line": 7,
                        "code": "no_answer",
                        "detail": "The chat has no message of the assistant to learn from.",
                    }
                ],
                "previews": [
                    {
                        "path": "train.jsonl",
                        "line": 1,
                        "messages": [
                            {"role": "user", "content": "What color is snow?", "is_learned": False},
                            {"role": "assistant", "content": "It is white.", "is_learned": True},
                        ],
                        "rejected": [],
                    }
                ],
            }
        ]
    }
)
class JobCheck(Resource):
    """What a recipe would make of the rows of a dataset."""

    splits = SplitCheckSerializer(
        many=True, help_text="The training split, and those for validation and test."
    )


@requires(SIGNED_IN, scopes=(OAuthScope.JOBS,))
class JobChecks(ApiView):
    @operation("check_job_data", "jobs", JobCheck, 404, body=JobCheckCreate)
    def post(self, request: Request) -> Response:
        """Check the rows that a job would learn from: problems by line, lengths and a preview.

        Nothing is submitted. Recipes that read chats or preferences can be checked.
        """
        data = {name: one for name, one in validated(request, JobCheckCreate).items() if one is not None}
        try:
            found = check_order(
                actor=actor_of(request),
                kind=data["kind"],
                recipe=data["recipe"],
                inputs={name: input_of(one) for name, one in data["inputs"].items()},
                params=data.get("params", {}),
            )
        except InvalidOrder as refusal:
            if "fields" in refusal.facts:
                refusal.facts["fields"] = fields_of(refusal.facts["fields"], data)
            raise
        return Response(JobCheck({"splits": [split_facts(one) for one in found]}).data)


def split_facts(check: SplitCheck) -> dict[str, Any]:
    """Return a checked split as the fields of its resource."""
    found = check.found
    return {
        "split": check.split,
        "is_complete": check.is_whole,
        "problem": check.problem or None,
        "rows_count": found.rows,
        "invalid_rows_count": found.bad,
        "repeated_rows_count": found.repeated,
        "truncated_rows_count": found.truncated,
        "left_out_rows_count": found.unlearned,
        "tokens_count": found.tokens,
        "learned_tokens_count": found.learned_tokens,
        "longest_tokens_count": found.longest,
        "histogram": [
            {"up_to": top, "rows_count": count}
            for top, count in zip([*BUCKETS, None], found.histogram, strict=True)
        ],
        "problems": [
            {
                "path": one.place.file,
                "line": one.place.line,
                "code": one.code,
                "detail": words_of(one.message),
            }
            for one in found.problems
        ],
        "previews": [
            {
                "path": place.file,
                "line": place.line,
                "messages": [message_facts(turn) for turn in example.dialog],
                "rejected": [message_facts(turn) for turn in example.rejected],
            }
            for place, example in found.previews
        ],
    }


def message_facts(turn: Any) -> dict[str, Any]:
    return {"role": str(turn.role), "content": turn.text, "is_learned": turn.is_trained}
