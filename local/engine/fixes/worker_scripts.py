"""Edits the programs that MiniStack runs functions in: one for Node.js, one for Python."""

from ministack.core import lambda_runtime

NODE = "_NODEJS_WORKER_SCRIPT"
PYTHON = "_PYTHON_WORKER_SCRIPT"


def edit_worker_script(name, old, new):
    script = getattr(lambda_runtime, name)
    if script.count(old) != 1:
        raise SystemExit(f"MiniStack's {name} has not exactly one of: {old}")
    setattr(lambda_runtime, name, script.replace(old, new))
