"""Creates the virtual environment of a program. local/engine/python-environment.ts runs this.

Usage: python_environment.py check|make <directory> <requirements> <name of the program>

`check` runs in the Python of the environment. It fails unless the environment is complete and has these requirements.
`make` runs in any other Python. It creates the environment if it is missing. If the user can fix an error, it prints one line and exits
with code 2.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys

CHECK_FAILED = 1
USER_CAN_FIX = 2


def main(action, directory, requirements, name):
    if action == "check":
        return 0 if read(stamp_file(directory)) == stamp(requirements) else CHECK_FAILED

    from parent import die_with_parent

    die_with_parent()
    os.makedirs(os.path.dirname(directory), exist_ok=True)
    # The kernel releases the lock when its holder ends. The lock is beside the environment, because an incomplete one is removed.
    with open(f"{directory}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_complete(directory, requirements, name):
            make(directory, requirements, name)
    return 0


def is_complete(directory, requirements, name):
    try:
        return run([python_of(directory), "-I", __file__, "check", directory, requirements, name]).returncode == 0
    except OSError:
        return False


def make(directory, requirements, name):
    try:
        import ensurepip  # noqa: F401 - missing on Debian and Ubuntu
        import venv  # noqa: F401
    except ImportError as error:
        give_up(
            f"{sys.executable} can't create virtual environments (no module {error.name}): "
            "install its venv package (python3-venv on Debian and Ubuntu), or set PYTHON to another Python"
        )

    shutil.rmtree(directory, ignore_errors=True)
    made = run([sys.executable, "-I", "-m", "venv", directory])
    if made.returncode:
        give_up(f"could not create a virtual environment in {directory}: {last_line(made)}")
    installed = run(
        [
            python_of(directory),
            "-I",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
            "--no-deps",
            "--requirement",
            requirements,
        ]
    )
    if installed.returncode:
        give_up(
            f"pip could not install {name} ({last_line(installed)}): "
            "the first run needs the package index; settings of pip apply, such as PIP_INDEX_URL and HTTPS_PROXY"
        )
    # The last step: an environment without this file is incomplete.
    with open(stamp_file(directory), "w") as file:
        file.write(stamp(requirements))


def stamp(requirements):
    with open(requirements, "rb") as file:
        return f"{platform.python_version()} {hashlib.sha256(file.read()).hexdigest()}"


def stamp_file(directory):
    return os.path.join(directory, "complete")


def python_of(directory):
    return os.path.join(directory, "bin", "python")


def read(file):
    try:
        with open(file) as opened:
            return opened.read()
    except OSError:
        return None


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def last_line(finished):
    lines = [line for line in finished.stdout.splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit code {finished.returncode}"


def give_up(message):
    print(message)
    raise SystemExit(USER_CAN_FIX)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
