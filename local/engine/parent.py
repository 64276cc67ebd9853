"""Ends a process of the engine, and all its children, when the Node.js process that started it ends."""

import os
import shutil
import signal
import threading


def die_with_parent(scratch=None):
    """Kills this process group when the parent has ended. Removes `scratch` first, because no other process will.

    The parent holds the other end of our standard input and never writes. The kernel closes it when the parent ends, even by
    SIGKILL. The parent starts us as the leader of our own process group. In any other group, this would kill other programs.
    """
    if os.getpgrp() != os.getpid():
        raise SystemExit("this program must be the leader of its process group: local/engine/engine.ts starts it")
    threading.Thread(target=_wait_for_end_of_input, args=(scratch,), daemon=True).start()


def _wait_for_end_of_input(scratch):
    # Not sys.stdin: a daemon thread that holds its lock aborts the interpreter's shutdown.
    while os.read(0, 4096):
        pass
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)
