"""Ties a process of the engine, and all that it starts, to the life of the Node.js process that started it."""

import os
import shutil
import signal
import threading


def die_with_parent(scratch=None):
    """Kills this process group once the parent is gone, and first removes `scratch`, which nobody else is left to do.

    The parent holds the other end of our standard input and never writes: the kernel closes it however the parent ends,
    SIGKILL included. The parent makes us the leader of a group of our own; elsewhere the group would be a bystander's.
    """
    if os.getpgrp() != os.getpid():
        raise SystemExit("this program is started by local/engine/engine.ts, in a process group of its own")
    threading.Thread(target=_wait_for_end_of_input, args=(scratch,), daemon=True).start()


def _wait_for_end_of_input(scratch):
    # Not sys.stdin: a daemon thread that holds its lock aborts the interpreter's shutdown.
    while os.read(0, 4096):
        pass
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)
