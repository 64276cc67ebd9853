"""The process of a container."""

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import NoReturn


class ContainerProcess:
    """The process that runs this code."""

    environment: Mapping[str, str] = os.environ

    def on_sigterm(self, stop: Callable[[], None]) -> None:
        """Calls a function on another thread when the container is being stopped. After 30 seconds by default, ECS kills it. Python itself
        would end at once or, as the first process of a container, ignore the signal."""
        if threading.current_thread() is not threading.main_thread():
            # Python has handlers of signals in the main thread only.
            return
        # A handler interrupts the main thread anywhere, so it can wait for no lock. This queue is made for that.
        signals: queue.SimpleQueue[None] = queue.SimpleQueue()

        def listen() -> None:
            signals.get()
            stop()

        threading.Thread(target=listen, name="task-sigterm", daemon=True).start()
        # It stays until the process ends: the end of the task must not get lost by a late signal.
        signal.signal(signal.SIGTERM, lambda *_: signals.put(None))

    def print(self, error: BaseException) -> None:
        """Shows an error that nobody caught to the developer of the container, as Python does."""
        sys.excepthook(type(error), error, error.__traceback__)

    def exit(self, code: int) -> NoReturn:
        if threading.current_thread() is threading.main_thread():
            sys.exit(code)
        # In another thread, sys.exit would only end that.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
