import threading
import time

from ministack.services import lambda_svc

MAX_WORKERS = 4
STALL_SECONDS = 5.0


def bound_workers():
    """Runs at most MAX_WORKERS processes per function, and lets further invocations wait for one of them.

    AWS: a burst below the account's concurrency (1,000) is served, none of it throttled. As installed, each concurrent
    invocation starts a process, and one machine can't carry hundreds: they time out. Here the burst is served a little later,
    which nobody can tell from a slower function. The wait doesn't count towards the function's timeout, as on AWS.
    """
    execute = lambda_svc._execute_function_warm
    slots = _SlotsByFunction()

    def execute_in_turn(func, event, request_id):
        slot = slots.of(func.get("config") or func)
        slot.take()
        try:
            return execute(func, event, request_id)
        finally:
            slot.give_back()

    lambda_svc._execute_function_warm = execute_in_turn


class _SlotsByFunction:
    def __init__(self):
        self._lock = threading.Lock()
        self._slots = {}

    def of(self, config):
        # MiniStack's own key, "account:region:name": versions and aliases of a function share its slots.
        key = lambda_svc._inflight_key(config)
        with self._lock:
            return self._slots.setdefault(key, _Slots())


class _Slots:
    """A semaphore that can't deadlock.

    A function that invokes itself and waits for the answer, directly or through others, may hold every slot while it waits
    for one. So when no invocation has ended for STALL_SECONDS, one more is let in, and so on: slow, but it comes to an end.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._taken = 0
        self._last_progress = 0.0

    def take(self):
        with self._changed:
            while self._taken >= MAX_WORKERS:
                patience = self._last_progress + STALL_SECONDS - time.monotonic()
                if patience <= 0:
                    break
                self._changed.wait(patience)
            self._taken += 1
            self._last_progress = time.monotonic()

    def give_back(self):
        with self._changed:
            self._taken -= 1
            self._last_progress = time.monotonic()
            self._changed.notify()
