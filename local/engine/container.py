"""Runs the command of a container. local/engine/fixes/containers.py runs this.

Usage: container.py <command> [arguments]

SIGTERM goes to the command. The exit code is that of the command, or 128 plus the number of the signal that ended it. If the engine ends,
this program ends with all its children.
"""

import os
import signal
import subprocess
import sys

from parent import die_with_parent


def main(command):
    die_with_parent()
    started, stopped = [], []

    def stop(*_):
        stopped.append(True)
        for process in started:
            os.kill(process.pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL))
    if stopped:
        started[0].terminate()
    code = started[0].wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
