"""Untrained tiny models of many architectures, without a classification head, and tokenizers for them.

`python -m tests.workers.families FOLDER TOKENIZER` writes one folder for each of FAMILIES.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from workers.ml.sandbox import ROOT

from .samples import CACHE, sentences, tiny_models

SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
# name -> class of the body, and its sizes
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("BertModel", SMALL),
    "distilbert": (
        "DistilBertModel",
        {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 32, "max_position_embeddings": 40},
    ),
    "roberta": ("RobertaModel", SMALL),
    "mpnet": ("MPNetModel", SMALL),
    "electra": ("ElectraModel", {**SMALL, "embedding_size": 16}),
    "modernbert": ("ModernBertModel", {**SMALL, "global_attn_every_n_layers": 1, "reference_compile": False}),
    "deberta-v2": ("DebertaV2Model", SMALL),
    "albert": ("AlbertModel", {**SMALL, "embedding_size": 16}),
    "xlnet": ("XLNetModel", {"d_model": 16, "n_layer": 1, "n_head": 2, "d_inner": 32}),
    "gpt2": ("GPT2Model", {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 40}),
    "llama": ("LlamaModel", {**SMALL, "num_key_value_heads": 1}),
    "bart": (
        "BartModel",
        {
            "d_model": 16,
            "encoder_layers": 1,
            "decoder_layers": 1,
            "encoder_attention_heads": 2,
            "decoder_attention_heads": 2,
            "encoder_ffn_dim": 32,
            "decoder_ffn_dim": 32,
            "max_position_embeddings": 40,
        },
    ),
    "t5": ("T5Model", {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2}),
}
# families whose layers to adapt are named; all linear ones otherwise
TARGETS = {"bart": ["q_proj", "v_proj"], "t5": ["q", "v"], "xlnet": ["layer_1", "layer_2"]}


def write_family(folder: Path, name: str, tokenizer: Any) -> None:
    """Write the body of a family with the words of the tiny BERT."""
    import transformers

    transformers.set_seed(7)
    kind, sizes = FAMILIES[name]
    model = getattr(transformers, kind)
    special = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 0}
    config = model.config_class(vocab_size=len(tokenizer), **special, **sizes)
    body = model(config)
    dropped = ("pooler",)  # published bodies often lack it
    weights = {key: value for key, value in body.state_dict().items() if not key.startswith(dropped)}
    body.save_pretrained(folder, state_dict=weights)
    tokenizer.save_pretrained(folder)


# name -> class of the body, its tokenizer, and the file that holds that
SENTENCEPIECE = {
    "deberta-v2": ("DebertaV2Model", "DebertaV2Tokenizer", "spm.model"),
    "xlm-roberta": ("XLMRobertaModel", "XLMRobertaTokenizer", "sentencepiece.bpe.model"),
    "t5": ("T5Model", "T5Tokenizer", "spiece.model"),
    "llama": ("LlamaModel", "LlamaTokenizer", "tokenizer.model"),
}


def write_sentencepiece(folder: Path, name: str) -> None:
    """Write the body of a family whose tokenizer is a SentencePiece file alone."""
    import sentencepiece
    import transformers

    kind, tokenizer, file = SENTENCEPIECE[name]
    model = getattr(transformers, kind)
    sizes = FAMILIES.get(name, ("", SMALL))[1]
    ids = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1} if name == "t5" else {}
    special = {"pad_token_id": 0, "eos_token_id": ids.get("eos_id", 2)}
    model(model.config_class(vocab_size=100, **special, **sizes)).save_pretrained(folder)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(text for text, _label in sentences(200)),
        model_prefix=str(folder / "words"),
        vocab_size=80,
        hard_vocab_limit=False,
        minloglevel=2,
        **ids,
    )
    (folder / "words.vocab").unlink()
    (folder / "words.model").rename(folder / file)
    facts = {
        "tokenizer_class": tokenizer,
        "model_max_length": 32,
        **({"extra_ids": 0} if name == "t5" else {}),
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(facts))


def family(name: str) -> Path:
    """Return the folder of a family, written once for all processes."""
    recipe = Path(__file__).read_bytes() + (ROOT / "constraints.txt").read_bytes()
    folder = CACHE / f"families-{hashlib.sha256(recipe).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            command = [sys.executable, "-m", "tests.workers.families", str(folder), str(tiny_models()[0])]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            (folder / "done").touch()
    return folder / name


def main() -> None:
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(sys.argv[2], eos_token="[SEP]", bos_token="[CLS]")
    folder = Path(sys.argv[1])
    for name in FAMILIES:
        write_family(folder / name, name, tokenizer)
    for name in SENTENCEPIECE:
        write_sentencepiece(folder / f"{name}-sentencepiece", name)
    half = AutoModel.from_pretrained(folder / "bert", dtype="bfloat16")
    half.save_pretrained(folder / "bert-bfloat16")
    tokenizer.save_pretrained(folder / "bert-bfloat16")


if __name__ == "__main__":
    main()
