"""Every code of a failure that the contracts declare is one that a job can end with."""

from pathlib import Path

from apps.toolchain.contracts.faults import PLATFORM_FAULTS, USER_FAULTS

ROOT = Path(__file__).resolve().parents[2]
# made of the kind of an input
BY_KIND = {"dataset_too_large", "model_too_large"}


def test_no_code_is_declared_that_nothing_raises():
    files = [*(ROOT / "workers/ml").rglob("*.py"), *(ROOT / "apps/toolchain/jobs").rglob("*.py")]
    source = "".join(file.read_text() for file in files)

    unused = {code for code in {**USER_FAULTS, **PLATFORM_FAULTS} if f'"{code}"' not in source}
    assert unused - BY_KIND == set()
    assert '_too_large"' in source
