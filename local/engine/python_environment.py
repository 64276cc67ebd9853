"""Makes the virtual environment that a program runs in; local/engine/python-environment.ts runs this.

Usage: python_environment.py check|make <directory> <requirements> <name of the program>

`check` is run by the environment's own Python, and fails unless the environment is complete and made of these requirements.
`make` is run by any other, and makes it unless it is there. What the user can mend is told in one line, with exit code 2.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys

CHECK_FAILED = 1
USER_CAN_MEND = 2


def main(action, directory, requirements, name):
    if action == "check":
        return 0 if read(stamp_file(directory)) == stamp(requirements) else CHECK_FAILED

    from parent import die_with_parent

    die_with_parent()
    os.makedirs(os.path.dirname(directory), exist_ok=True)
    # The kernel releases the lock however its holder ends. It lies beside the environment, which is removed when half made.
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
        import ensurepip  # noqa: F401 - Debian and Ubuntu leave it out
        import venv  # noqa: F401
    except ImportError as error:
        give_up(
            f"{sys.executable} can't make virtual environments (no module {error.name}): "
            "install its venv package (python3-venv on Debian and Ubuntu), or name another Python in PYTHON"
        )

    shutil.rmtree(directory, ignore_errors=True)
    made = run([sys.executable, "-I", "-m", "venv", directory])
    if made.returncode:
        give_up(f"could not make a virtual environment in {directory}: {last_line(made)}")
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
            "it needs the package index once; pip's own settings, such as PIP_INDEX_URL and HTTPS_PROXY, apply"
        )
    # The last step: an environment without its stamp is half made.
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
    raise SystemExit(USER_CAN_MEND)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
