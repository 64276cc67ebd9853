"""Edits the programs in which MiniStack runs functions: one for Node.js, one for Python."""

from ministack.core import lambda_runtime

NODE = "_NODEJS_WORKER_SCRIPT"
PYTHON = "_PYTHON_WORKER_SCRIPT"


def edit_worker_script(name, old, new):
    script = getattr(lambda_runtime, name)
    if script.count(old) != 1:
        raise SystemExit(f"{name} of MiniStack must contain this text once: {old}")
    setattr(lambda_runtime, name, script.replace(old, new))
