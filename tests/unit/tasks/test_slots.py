"""How many slices are read and compared at a time."""

from __future__ import annotations

from threading import Event, Thread

import pytest

from tasks.slots import LARGE_ROWS, Slots

pytestmark = pytest.mark.fast


def entered(slots: Slots) -> bool:
    """Whether another slice can take a slot just now."""
    inside = Event()

    def work() -> None:
        with slots.taken():
            inside.set()

    thread = Thread(target=work, daemon=True)
    thread.start()
    return inside.wait(0.3)


def test_a_slot_is_one_slices_alone() -> None:
    slots = Slots(1)
    with slots.taken():
        assert not entered(slots)


def test_a_small_slice_that_waits_lets_another_go_on() -> None:
    slots = Slots(1)
    with slots.taken(), slots.waiting(LARGE_ROWS):
        assert entered(slots)


def test_a_large_one_keeps_its_slot() -> None:
    slots = Slots(1)
    with slots.taken(), slots.waiting(LARGE_ROWS + 1):
        assert not entered(slots)


def test_after_an_error_all_slots_are_free() -> None:
    slots = Slots(1)
    with pytest.raises(OSError, match="disk"), slots.taken(), slots.waiting(1):
        raise OSError("disk")
    assert entered(slots)
    with slots.taken():
        assert not entered(slots)


def test_it_is_busy_while_a_slice_is_at_work_that_does_not_wait() -> None:
    slots = Slots(2)
    assert not slots.is_busy()
    with slots.taken():
        assert slots.is_busy()
        with slots.waiting(1):
            assert not slots.is_busy()
            with slots.taken():
                assert slots.is_busy()
        with slots.waiting(LARGE_ROWS + 1):
            assert not slots.is_busy()
        assert slots.is_busy()
    assert not slots.is_busy()
