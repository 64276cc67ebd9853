"""What runs beside the work, on the clock of the machine."""

import logging
import threading
import time
from collections.abc import Iterator

import pytest
from cdk_task_manager_processor._background import Background
from cdk_task_manager_processor._clock import Clock

from fake_clock import FakeClock


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background(Clock(), "task-test")
    yield background
    background.close()


def test_calls_are_made_in_the_order_of_their_times(background: Background) -> None:
    made: list[str] = []
    now = Clock().now_ms()
    done = threading.Event()
    background.call_at(now + 30, done.set)
    background.call_at(now + 20, lambda: made.append("third"))
    background.call_at(now + 10, lambda: made.append("first"))
    background.call_at(now + 10, lambda: made.append("second"))

    assert done.wait(60)
    assert made == ["first", "second", "third"]


def test_a_call_is_repeated_until_it_is_cancelled(background: Background) -> None:
    made: list[None] = []
    twice = threading.Event()

    def call() -> None:
        made.append(None)
        if len(made) == 2:
            background.cancel(repeated)
            twice.set()

    repeated = background.call_every(1, call)

    assert twice.wait(60)
    background.settle()
    assert background.next_at_ms() is None
    assert len(made) == 2


def test_a_call_that_takes_longer_than_its_interval_is_not_made_up_for() -> None:
    clock = FakeClock(0)
    background = Background(clock, "task-test")
    times: list[int] = []

    def call() -> None:
        times.append(clock.now_ms())
        if len(times) < 5:
            clock.set(clock.now_ms() + 25)

    background.call_every(10, call)
    clock.set(10)
    background.settle()

    assert times == [10]
    assert background.next_at_ms() == 45
    background.close()


def test_settle_waits_for_the_call_that_is_under_way(background: Background) -> None:
    started, release = threading.Event(), threading.Event()
    made: list[str] = []

    def call() -> None:
        started.set()
        release.wait(60)
        made.append("done")

    background.call_soon(call)
    assert started.wait(60)
    threading.Timer(0.01, release.set).start()
    background.settle()

    assert made == ["done"]


def test_settle_does_not_wait_for_later_calls(background: Background) -> None:
    background.call_at(Clock().now_ms() + 3_600_000, lambda: None)
    background.settle()
    assert background.next_at_ms() is not None


def test_an_error_does_not_stop_later_calls(background: Background, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    made: list[str] = []

    def fail() -> None:
        raise LookupError("confidential")

    background.call_soon(fail)
    background.call_soon(lambda: made.append("done"))
    background.settle()

    assert made == ["done"]
    assert [record.getMessage() for record in caplog.records] == ["background call failed: error=LookupError"]


def test_close_drops_all_calls_and_ends_the_thread() -> None:
    background = Background(Clock(), "task-closed")
    background.call_at(Clock().now_ms() + 3_600_000, lambda: None)
    [thread] = [thread for thread in threading.enumerate() if thread.name == "task-closed"]
    assert thread.daemon
    background.close()
    thread.join(60)

    assert not thread.is_alive()
    background.call_soon(lambda: pytest.fail("called"))
    assert background.next_at_ms() is None


def test_no_thread_starts_before_it_is_needed() -> None:
    Background(Clock(), "task-unused").close()
    assert "task-unused" not in [thread.name for thread in threading.enumerate()]


def test_many_threads_can_use_it_at_once(background: Background) -> None:
    made: list[int] = []
    lock = threading.Lock()

    def call() -> None:
        with lock:
            made.append(1)

    def use() -> None:
        for _ in range(200):
            background.call_soon(call)
            background.cancel(background.call_at(Clock().now_ms() + 1000, lambda: pytest.fail("cancelled")))
            time.sleep(0)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    background.settle()

    assert len(made) == 1600
