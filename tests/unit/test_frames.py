"""Room for frames: a loop of calls deep in a stack asks the kernel for nothing."""

import resource
import threading

import pytest

from ecosystem.frames import with_room

CALLS, DEPTHS = 400, range(160)


def leaf() -> None:
    pass


def faults_at(depth: int) -> int:
    """Return how many pages the kernel had to give while a loop that many calls deep made its calls."""
    if depth:
        return faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(CALLS):
        leaf()
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def most_faults() -> int:
    return max(faults_at(depth) for depth in DEPTHS)


def in_a_thread(function) -> int:
    """Return what a function returns in a thread of its own, whose stack is empty."""
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_a_loop_at_the_end_of_a_chunk_maps_it_with_each_call_unless_there_is_room():
    assert in_a_thread(most_faults) >= CALLS
    assert in_a_thread(with_room(most_faults)) < CALLS / 10


def test_what_is_given_and_returned_and_raised_passes_through():
    assert with_room(lambda *given, **named: (given, named))(1, two=2) == ((1,), {"two": 2})
    with pytest.raises(ZeroDivisionError):
        with_room(lambda: 1 / 0)()
