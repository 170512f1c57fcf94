"""What every recipe does: it repeats, resumes, refuses bad inputs, and publishes what others can load."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from apps.core.text.markdown import render_markdown
from apps.toolchain.contracts import (
    ContractError,
    EvaluationResult,
    Fault,
    ParamKind,
    TrainingResult,
    clean_params,
    config_hash,
    fault_of,
    recipes,
)
from workers.ml.allowlists import publishable
from workers.ml.artifacts import artifacts_in
from workers.ml.redact import path_remover
from workers.ml.sandbox import ROOT, runner_environment

from .conformance import (
    CASES,
    DAMAGES,
    SAMPLE_CASES,
    Case,
    damaged,
    digest_of,
    is_pickle,
    older_transformers,
)
from .conftest import prepare

pytestmark = pytest.mark.slow
ALL = (*CASES, *SAMPLE_CASES)
PUBLISHING = [case for case in ALL if case.recipe.output_kind]
TRAINING = [case for case in ALL if case.recipe.result is TrainingResult]
WITH_LORA = [case for case in ALL if case.lora is not None]
# the class of transformers for each task that recipes make models for
CLASSES = {
    "text-classification": "AutoModelForSequenceClassification",
    "text-generation": "AutoModelForCausalLM",
}
# prints the outputs of each folder's model, or of its base and adapter where a line has two
OUTPUTS = """
import json, sys, torch, transformers
found = []
for line in sys.stdin:
    kind, folder, *adapter = line.split()
    torch.manual_seed(len(found))
    words = transformers.AutoTokenizer.from_pretrained(folder)
    model = getattr(transformers, kind)
    if adapter:
        from peft import PeftModel
        labels = json.load(open(adapter[1] + "/config.json")).get("id2label") or {}
        facts = {"num_labels": len(labels)} if labels else {}
        model = PeftModel.from_pretrained(model.from_pretrained(folder, **facts), adapter[0])
    else:
        model = model.from_pretrained(folder)
    batch = words("a lovely kind film was dull", return_tensors="pt")
    with torch.inference_mode():
        found.append(model.eval()(**batch).logits.flatten().tolist())
print(json.dumps([transformers.__version__, found]))
"""
# prints the number of rows of each split of a dataset's folder
ROWS = """
import json, sys
from datasets import load_dataset
print(json.dumps({name: len(rows) for name, rows in load_dataset(sys.argv[1]).items()}))
"""


def cases(which):
    return pytest.mark.parametrize("case", which, ids=str)


@pytest.fixture(scope="module")
def inputs_of(tmp_path_factory):
    """Return the inputs of a case, written once."""
    found = {}

    def of(case: Case):
        if case not in found:
            found[case] = case.inputs(tmp_path_factory.mktemp("inputs"))
        return found[case]

    return of


@pytest.fixture(scope="module")
def run_of(recipes, inputs_of, tmp_path_factory):
    """Return the unbroken run of a case, done once."""
    found = {}

    def of(case: Case, **params):
        key = (case, json.dumps(params, sort_keys=True))
        if key not in found:
            root = tmp_path_factory.mktemp("run")
            found[key] = recipes.run(root, case.spec(**params), **inputs_of(case))
        return found[key]

    return of


def outputs(lines, older: Path | None = None):
    """Return the version of transformers and the outputs of models. older: a folder with another version"""
    environment = {**os.environ, **({"PYTHONPATH": str(older)} if older else {})}
    done = subprocess.run(
        [sys.executable, "-c", OUTPUTS],
        input="".join(f"{line}\n" for line in lines),
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        cwd="/" if older else ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_recipe_has_its_case():
    assert {(one.kind, one.name) for one in recipes()} == {(case.kind, case.name) for case in ALL}


@cases(ALL)
def test_it_runs_and_reports_a_result_of_its_declaration(case, run_of):
    outcome, recipe = run_of(case), case.recipe

    assert outcome.fault is None, outcome.messages[-3:]
    assert outcome.said("done")
    if recipe.result is None:
        return
    known = {
        "attempt": 1,
        "config_hash": config_hash(case.spec().config()),
        "versions": {},
        "hardware": {"device": "cpu", "name": "one", "cores": 1, "memory_bytes": 1},
        "duration_seconds": 1.0,
    }
    result = recipe.result.from_json({**outcome.result, **known})
    assert {score.name for score in result.scores} <= {metric.name for metric in recipe.metrics}
    assert recipe.result.from_json(json.loads(json.dumps({**outcome.result, **known}))) == result
    if isinstance(result, EvaluationResult):
        assert len(result.log_sha256) == 64


@cases(ALL)
def test_the_same_seed_gives_the_same_bytes(case, run_of, recipes, inputs_of, tmp_path):
    first = run_of(case)

    again = recipes.run(tmp_path / "again", case.spec(), **inputs_of(case))

    assert digest_of(again.folder.output) == digest_of(first.folder.output)
    assert digest_of(again.folder.artifacts) == digest_of(first.folder.artifacts)
    if case.recipe.result is not None:
        assert without(again.result, case.timed) == without(first.result, case.timed)


def without(facts, names):
    return {name: value for name, value in facts.items() if name not in names}


@cases(ALL)
def test_a_killed_run_ends_as_an_unbroken_one(case, run_of, recipes, inputs_of, tmp_path):
    whole, spec = run_of(case), case.spec()
    folder = prepare(tmp_path / "job", spec, **inputs_of(case))
    command = [sys.executable, "-m", "workers.ml.runner", str(folder.root)]
    until = "checkpoint" if case in TRAINING else "progress"
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=runner_environment(folder, {}) | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        process.stdin.write("start\n")
        process.stdin.flush()
        seen = next((line for line in process.stdout if json.loads(line)["kind"] == until), "")
        os.killpg(process.pid, signal.SIGKILL)
    assert seen or case not in TRAINING

    resumed = recipes.run(tmp_path / "job", spec, **inputs_of(case))

    assert resumed.fault is None
    if case in TRAINING:
        assert min(resumed.losses) > 1
    assert weights_of(resumed) == weights_of(whole)


def weights_of(outcome) -> dict[str, str]:
    """Return what a resumed run has in common with an unbroken one: all but the times in cards and logs."""
    found = digest_of(outcome.folder.output)
    return {path: digest for path, digest in found.items() if path not in ("README.md", "training_log.jsonl")}


@cases(PUBLISHING)
def test_it_publishes_listed_files_and_no_pickle(case, run_of):
    outcome, recipe = run_of(case), case.recipe

    published = dict(publishable(outcome.folder.output, recipe.output_files))

    assert "README.md" in published
    assert not [path for path, file in published.items() if is_pickle(file)]
    kept = dict(artifacts_in(outcome.folder.artifacts, recipe.artifact_files))
    assert not [name for name, file in kept.items() if is_pickle(file)]


@cases(PUBLISHING)
def test_its_card_renders_and_names_where_it_comes_from(case, run_of):
    card = (run_of(case).folder.output / "README.md").read_text()
    _nothing, head, body = card.split("---\n", 2)

    facts, page = yaml.safe_load(head), render_markdown(body)

    assert isinstance(facts, dict)
    assert "<h1" in page or "<h2" in page
    for repo in case.spec().inputs.values():
        assert repo.address in page
        assert repo.commit in page
    assert "/jobs/" in page
    assert not re.search(r"\bNone\b", page)


@cases([case for case in PUBLISHING if case.recipe.output_kind == "model"])
def test_transformers_4_and_5_load_the_model_alike(case, run_of):
    line = f"{CLASSES[case.recipe.pipeline_tag]} {run_of(case).folder.output}"

    version, newer = outputs([line])
    older_version, older = outputs([line], older_transformers())

    assert (version.split(".")[0], older_version.split(".")[0]) == ("5", "4")
    assert older[0] == pytest.approx(newer[0], abs=1e-5)


@cases([case for case in PUBLISHING if case.recipe.output_kind == "dataset"])
def test_the_datasets_library_loads_the_dataset(case, run_of, tmp_path):
    folder = shutil.copytree(run_of(case).folder.output, tmp_path / "made")
    for path in set(digest_of(folder)) - {
        path for path, _file in publishable(folder, case.recipe.output_files)
    }:
        (folder / path).unlink()

    done = subprocess.run(
        [sys.executable, "-c", ROWS, str(folder)],
        env={**os.environ, "HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )

    assert done.returncode == 0, done.stderr[-1000:]
    assert sum(json.loads(done.stdout.splitlines()[-1]).values())


@cases(WITH_LORA)
def test_an_adapter_on_its_base_is_the_merged_model(case, run_of, inputs_of):
    outcome = run_of(case, method="lora", lora_output="both", **case.lora)
    merged, kind = outcome.folder.output, CLASSES[case.recipe.pipeline_tag]

    assert outcome.fault is None, outcome.messages[-3:]
    base = inputs_of(case)["model"]
    _version, (one, other) = outputs([f"{kind} {merged}", f"{kind} {base} {merged}/adapter {merged}"])

    assert other == pytest.approx(one, abs=1e-5 * max(1, *map(abs, one)))


BAD = [
    pytest.param(case, place.name, damage, id=f"{case}: {place.name}, {damage}")
    for case in CASES
    for place in case.recipe.inputs
    if not place.is_optional
    for damage in DAMAGES[place.kind]
]


@pytest.mark.parametrize(("case", "name", "damage"), BAD)
def test_a_bad_input_is_refused_as_the_persons_to_repair(case, name, damage, recipes, inputs_of, tmp_path):
    kind = next(one.kind for one in case.recipe.inputs if one.name == name)
    inputs = damaged(inputs_of(case), name, DAMAGES[kind][damage], tmp_path / "damaged")

    outcome = recipes.run(tmp_path / "job", case.spec(), **inputs)

    if damage in case.tolerates:
        assert outcome.fault is None
        return
    assert outcome.fault, outcome.messages[-3:]
    assert fault_of(outcome.fault["code"]) == Fault.USER, outcome.fault
    shown = path_remover(outcome.folder.root)(outcome.fault["message"])
    assert str(tmp_path) not in shown
    assert not digest_of(outcome.folder.output)
    assert not outcome.folder.result.exists()


@cases(CASES)
def test_at_least_twenty_bad_inputs_are_tried(case):
    tried = [one for one in BAD if one.values[0] is case and one.values[2] not in case.tolerates]
    wrong = [value for param in case.recipe.params for value in wrong_values(param)]

    assert len(tried) + len(wrong) >= 20


LONG = (ParamKind.LONG_TEXT, ParamKind.LONG_TEXTS)
WRONG = {
    ParamKind.TEXT: ["two\nlines", 1, True, "x" * 300],
    ParamKind.LONG_TEXT: ["\x00", 1, "x" * 100_000],
    ParamKind.LONG_TEXTS: ["one", [1], ["\x00"]],
    ParamKind.INTEGER: ["many", 1.5, True, 10**400],
    ParamKind.NUMBER: ["much", True, float("nan"), float("inf")],
    ParamKind.AUTO_NUMBER: ["some", True, float("nan")],
    ParamKind.AUTO_INTEGER: ["some", 1.5, True],
    ParamKind.BOOLEAN: ["true", 1],
    ParamKind.CHOICE: ["nothing-of-the-sort", 1],
    ParamKind.SPLIT: ["0.9", 1, "two\nlines"],
    ParamKind.TEXTS: ["one", [1], ["a", "a"], [""]],
    ParamKind.MAPPING: [["a"], {"a": 1}, {"": "a"}],
}


@cases(ALL)
def test_a_wrong_value_of_a_param_is_refused_by_its_name(case):
    recipe = case.recipe
    for param in recipe.params:
        for value in wrong_values(param):
            with pytest.raises(ContractError) as refusal:
                clean_params(recipe, {**case.params, param.name: value}, is_json=True)
            assert param.name in refusal.value.errors, (param.name, value)


def wrong_values(param):
    """Return values that a parameter does not take: of other types, and beyond its bounds."""
    return [*WRONG[param.kind], *(() if param.kind in LONG else _outside(param))]


def _outside(param):
    kind = int if param.kind in (ParamKind.INTEGER, ParamKind.AUTO_INTEGER) else float
    bounds = ((param.minimum, -1), (param.maximum, 1))
    return [kind(bound + step) for bound, step in bounds if bound is not None]
