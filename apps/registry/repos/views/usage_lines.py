"""Code snippets for using a repository."""

from __future__ import annotations

from dataclasses import dataclass

from apps.registry.formats.cards.tasks import AUTO_CLASSES

from ..addresses import RepoKind
from ..kinds import labels_of
from ..models import Repo


@dataclass(frozen=True, slots=True)
class UsageLine:
    """A code snippet.

    name   label of its tab
    lexer  name of the Pygments lexer
    """

    name: str
    code: str
    lexer: str


def endpoint_line(endpoint: str) -> str:
    """Return the command that points clients at this site."""
    return f"$ export HF_ENDPOINT={endpoint}"


def usage_lines(repo: Repo, endpoint: str) -> list[UsageLine]:
    """Return the snippets of "Use this model" or "Use this dataset"."""
    lines = [_library_line(repo)] if repo.kind in (RepoKind.MODEL, RepoKind.DATASET) else []
    return [*lines, _hf_line(repo), _git_line(repo, endpoint)]


def _library_line(repo: Repo) -> UsageLine:
    name = repo.address.id
    if repo.kind == RepoKind.DATASET:
        return UsageLine(
            "datasets", f'from datasets import load_dataset\n\nrows = load_dataset("{name}")', "python"
        )
    if repo.library == "sentence-transformers":
        code = (
            f'from sentence_transformers import SentenceTransformer\n\nmodel = SentenceTransformer("{name}")'
        )
        return UsageLine(
            "sentence-transformers",
            f'{code}\nvectors = model.encode(["A sentence.", "Another one."])',
            "python",
        )
    if repo.library == "peft" and repo.base_models:
        code = f'from peft import AutoPeftModel\n\nmodel = AutoPeftModel.from_pretrained("{name}")'
        return UsageLine("peft", code, "python")
    return UsageLine("transformers", _transformers_code(repo.task, name), "python")


PIPELINES = frozenset(
    "fill-mask text-generation token-classification question-answering summarization translation".split()
)


def _transformers_code(task: str, name: str) -> str:
    if task == "text-classification":
        run = f'classify = pipeline("{task}", model="{name}")\nprint(classify("A quiet, well made film."))'
        return f"from transformers import pipeline\n\n{run}"
    if task in PIPELINES:
        return f'from transformers import pipeline\n\nrun = pipeline("{task}", model="{name}")'
    auto = AUTO_CLASSES.get(task, "AutoModel")
    return (
        f"from transformers import AutoTokenizer, {auto}\n\n"
        f'tokenizer = AutoTokenizer.from_pretrained("{name}")\nmodel = {auto}.from_pretrained("{name}")'
    )


def _hf_line(repo: Repo) -> UsageLine:
    return UsageLine("hf", f"$ hf download {repo.address.id}{labels_of(repo.kind).option}", "console")


def _git_line(repo: Repo, endpoint: str) -> UsageLine:
    return UsageLine("git", f"$ git lfs install\n$ git clone {endpoint}/{repo.address.path}", "console")
