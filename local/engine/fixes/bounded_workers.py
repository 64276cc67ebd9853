import os
import threading
import time

from ministack.services import lambda_svc

MAX_WORKERS = int(os.environ["MAX_WORKERS"])
STALL_SECONDS = 5.0


def bound_workers():
    """Runs at most MAX_WORKERS processes for each function. Further invocations wait for one of them.

    AWS: a burst below the concurrency of the account (1,000) is served without throttling
    (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). MiniStack starts a process for each concurrent
    invocation. One machine can't run hundreds of them: they time out. With this fix, the burst is served a little later, as if the
    function were slower. As on AWS, the time that an invocation waits does not count towards the time-out of its function.
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
        # The key is "account:region:name": the versions and aliases of a function share its slots.
        key = lambda_svc._inflight_key(config)
        with self._lock:
            return self._slots.setdefault(key, _Slots())


class _Slots:
    """A semaphore that can't deadlock.

    A function that invokes itself and waits for the response, directly or through others, can hold all slots while it waits for
    one more. So one more invocation starts whenever none has ended for STALL_SECONDS. That is slow, but it ends.
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
