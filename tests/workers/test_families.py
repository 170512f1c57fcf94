"""Fine-tuning many architectures: an adapter on its base is the published model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from workers.ml.faults import PlatformFault
from workers.ml.sandbox import ROOT

from .families import FAMILIES, SENTENCEPIECE, TARGETS, family
from .samples import a_spec, sentences, write_csv, write_dataset

pytestmark = pytest.mark.slow

# prints the largest difference of logits between base + adapter and the merged model, and the largest logit
COMPARE = """
import json, sys, torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification as Model, AutoTokenizer, set_seed
worst = {}
for line in sys.stdin:
    base, tuned = line.split()
    words = AutoTokenizer.from_pretrained(tuned)
    texts = ["a lovely kind film", "the cruel dreadful meal felt dull"]
    batch = words(texts, return_tensors="pt", padding=True)
    set_seed(len(worst))  # new modules of the base are random
    pad = {"pad_token_id": words.pad_token_id}
    adapted = PeftModel.from_pretrained(Model.from_pretrained(base, num_labels=2, **pad), tuned + "/adapter")
    with torch.inference_mode():
        one, other = adapted.eval()(**batch).logits, Model.from_pretrained(tuned).eval()(**batch).logits
    worst[base] = [float((one - other).abs().max()), float(other.abs().max())]
print(json.dumps(worst))
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data"), train=24, test=8)


@pytest.fixture(scope="module")
def adapted(recipes, dataset, tmp_path_factory) -> dict:
    """A LoRA fine-tune of each family."""
    root, found = tmp_path_factory.mktemp("families"), {}
    for name in FAMILIES:
        targets = {"lora_target_modules": TARGETS[name]} if name in TARGETS else {}
        spec = a_spec(method="lora", max_steps=2, lora_r=2, learning_rate=1e-1, **targets)
        found[name] = recipes.run(root / name, spec, model=family(name), dataset=dataset)
    return found


@pytest.fixture(scope="module")
def differences(adapted) -> dict:
    lines = "".join(f"{family(name)} {one.folder.output}\n" for name, one in adapted.items() if not one.fault)
    done = subprocess.run(
        [sys.executable, "-c", COMPARE], input=lines, cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {Path(base).name: values for base, values in json.loads(done.stdout.splitlines()[-1]).items()}


@pytest.mark.parametrize("name", FAMILIES)
def test_an_adapter_on_its_base_is_the_merged_model(adapted, differences, name):
    assert adapted[name].fault is None
    difference, size = differences[name]
    assert difference <= 1e-5 * max(1, size)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_head_is_trained_as_a_whole_and_saved_with_the_adapter(adapted, name):
    saved = load_file(adapted[name].folder.output / "adapter" / "adapter_model.safetensors")

    assert [key for key in saved if "lora_" in key]
    assert [key for key in saved if "lora_" not in key]


@pytest.mark.parametrize("name", SENTENCEPIECE)
def test_a_tokenizer_may_be_a_sentencepiece_file_alone(recipes, dataset, tmp_path, name):
    base = family(f"{name}-sentencepiece")
    assert not (base / "tokenizer.json").exists()

    outcome = recipes.run(tmp_path / "job", a_spec(max_steps=2), model=base, dataset=dataset)

    assert outcome.fault is None
    assert (outcome.folder.output / "tokenizer.json").exists()


@pytest.mark.parametrize("name", ["t5-sentencepiece", "bart"])
def test_words_that_look_like_special_tokens_are_text(recipes, tmp_path, name):
    rows = [
        (f"{text} </s> [SEP]" if number % 3 else text, label)
        for number, (text, label) in enumerate(sentences(24))
    ]
    data = write_csv(tmp_path / "d" / "train.csv", rows).parent

    outcome = recipes.run(tmp_path / "job", a_spec(max_steps=2), model=family(name), dataset=data)

    assert outcome.fault is None


@pytest.mark.parametrize(
    "error",
    [
        ImportError("This tokenizer requires sentencepiece"),
        ValueError(
            "`tiktoken` is required to read a `tiktoken` file. Install it with `pip install tiktoken`."
        ),
    ],
)
def test_a_library_that_the_worker_lacks_is_no_fault_of_the_person(error):
    from workers.ml.training.loading import reject_missing_library

    with pytest.raises(PlatformFault) as fault:
        reject_missing_library(error)

    assert fault.value.code == "library_missing"
