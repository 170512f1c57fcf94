"""Lazy imports are loaded on first use."""

import sys
import threading

import pytest

from ecosystem.later import load_later


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """A module that takes a moment to load."""
    (tmp_path / "slow_module.py").write_text(
        "import time\ntime.sleep(0.1)\n\n\ndef double(number):\n    return 2 * number\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "slow_module", raising=False)
    yield "slow_module"
    sys.modules.pop("slow_module", None)


def is_loaded(name):
    return getattr(sys.modules[name], "__file__", None) is not None


def test_a_module_is_loaded_when_something_in_it_is_used(slow):
    load_later(slow)
    import slow_module

    assert not is_loaded(slow)
    assert slow_module.double(2) == 4
    assert is_loaded(slow)


def test_a_name_that_is_only_called_can_be_taken_before(slow):
    load_later(slow, "double")
    from slow_module import double

    assert not is_loaded(slow)
    assert double(2) == 4


def test_a_part_of_a_package_can_be_imported_before_anything_else_of_it(tmp_path, monkeypatch):
    (tmp_path / "slow_package").mkdir()
    for name in ("__init__", "part"):
        (tmp_path / "slow_package" / f"{name}.py").write_text("HERE = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    load_later("slow_package")

    from slow_package.part import HERE

    assert HERE
    assert is_loaded("slow_package")
    for name in ("slow_package", "slow_package.part"):
        del sys.modules[name]


def test_what_is_not_in_the_module_is_missing(slow):
    load_later(slow)
    import slow_module

    with pytest.raises(AttributeError):
        slow_module.treble()


def test_a_module_that_is_loaded_stays(slow):
    import slow_module

    load_later(slow)

    assert sys.modules[slow] is slow_module


def test_many_threads_may_use_it_at_once(slow):
    load_later(slow)
    import slow_module

    found = []
    threads = [threading.Thread(target=lambda: found.append(slow_module.double(2))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [4] * 8
