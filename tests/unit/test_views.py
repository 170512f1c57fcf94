"""Views and reports: what a worker may send for a page to draw, and what is refused."""

import json

import pytest

from apps.toolchain.contracts import (
    Artifact,
    Confusion,
    ContractError,
    Curve,
    Event,
    ReportResult,
    Samples,
    Score,
    Series,
    Table,
    TrainingResult,
    view_from_json,
    view_to_json,
)
from apps.toolchain.jobs.presenters import view_sections

VIEWS = [
    Confusion(("bad", "good"), ((1, 0), (2, 3))),
    Table("Rows removed", ("Reason", "Rows"), (("empty", 3), ("double", None))),
    Samples("Answers", ("Prompt", "owner/tuned"), (("1 + 1?", "2"), ("Why?", None))),
    Curve("ROC", "False positive rate", "", (Series("good", ((0.0, 0.0), (0.5, 0.9), (1.0, 1.0))),)),
]


def through_json(value):
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("view", VIEWS)
def test_views_survive_json(view):
    assert view_from_json(through_json(view_to_json(view))) == view


@pytest.mark.parametrize(
    "body",
    [
        {"type": "painting", "title": "Trees"},
        {"type": "table", "title": "T", "head": ["a"], "rows": [[1, 2]]},
        {"type": "table", "title": "T", "head": ["a"], "rows": [[[1]]]},
        {"type": "table", "title": "T", "head": ["a"], "rows": [[10**400]]},
        {"type": "table", "title": "T", "head": ["a"], "rows": [[1]] * 1001},
        {"type": "samples", "title": "T", "columns": [1], "rows": []},
        {"type": "confusion", "labels": ["a"], "counts": [[-1]]},
        {"type": "confusion", "labels": ["a"], "counts": [[True]]},
        {"type": "curve", "title": "T", "x": "x", "y": "y", "series": [{"name": "a", "points": [[1]]}]},
        {"type": "curve", "title": "T", "x": "x", "y": "y", "series": [{"name": "a", "points": [[1, "2"]]}]},
        {"type": "curve", "title": "T", "x": "x", "y": "y", "series": {"name": "a"}},
        {"type": "table", "head": [], "rows": []},
        "table",
    ],
)
def test_views_of_another_shape_are_refused(body):
    with pytest.raises(ContractError):
        view_from_json(body)


def test_long_texts_of_views_are_cut():
    view = view_from_json({"type": "samples", "title": "T" * 999, "columns": ["a"], "rows": [["x" * 99_999]]})

    assert (len(view.title), len(view.rows[0][0])) == (200, 20_000)


def test_a_report_survives_json():
    report = ReportResult(
        attempt=2,
        scores=(Score("rows", 40.0),),
        duration_seconds=1.5,
        views=tuple(VIEWS),
        artifacts=(Artifact("report.md", "a" * 64, 12, "text/markdown"),),
    )

    assert ReportResult.from_json(through_json(report.to_json())) == report


def test_a_report_needs_no_scores_but_a_training_does():
    facts = {"attempt": 1, "duration_seconds": 1.0, "steps": 1, "best_step": 1}

    assert ReportResult.from_json(facts).scores == ()
    with pytest.raises(ContractError):
        TrainingResult.from_json(facts)


@pytest.mark.parametrize(
    "artifact",
    [
        {"name": "../report.md", "sha256": "a" * 64, "size_bytes": 1},
        {"name": ".hidden", "sha256": "a" * 64, "size_bytes": 1},
        {"name": "report.md", "sha256": "A" * 64, "size_bytes": 1},
        {"name": "report.md", "sha256": "a" * 64},
    ],
)
def test_artifacts_of_another_shape_are_refused(artifact):
    with pytest.raises(ContractError):
        ReportResult.from_json({"attempt": 1, "duration_seconds": 1.0, "artifacts": [artifact]})


def test_a_result_lists_a_name_once():
    twice = [{"name": "a.txt", "sha256": letter * 64, "size_bytes": 1} for letter in "ab"]

    with pytest.raises(ContractError):
        ReportResult.from_json({"attempt": 1, "duration_seconds": 1.0, "artifacts": twice})


def test_samples_arrive_as_events():
    rows = {"title": "Answers", "columns": ["Prompt", "Answer"], "rows": [["1 + 1?", "2"]], "step": 10}
    event = {"seq": 1, "kind": "samples", "at": "", "data": rows}

    assert Event.from_json(event).data == rows
    with pytest.raises(ContractError):
        Event.from_json({**event, "data": {**rows, "rows": [["only one"]]}})


def test_lines_of_a_curve_with_other_places_are_joined_by_their_values():
    lines = (Series("a", ((0.0, 0.0), (1.0, 1.0))), Series("b", ((0.5, 0.2), (1.0, 0.4))))

    section = view_sections([Curve("C", "x", "y", lines)])[0]

    assert section.rows == [[0.0, 0.0, None], [0.5, 0.5, 0.2], [1.0, 1.0, 0.4]]
    assert section.series == [("a", "a"), ("b", "b")]
