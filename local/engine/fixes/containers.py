"""Runs the containers of ECS tasks as processes of this machine. ecs_tasks.py uses it."""

import contextvars
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from ministack.core.responses import get_region
from ministack.services import ecs

from fixes.roles import credentials_of

SUPERVISOR = Path(__file__).parent.parent / "container.py"
INHERITED = (
    "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
    "DYLD_LIBRARY_PATH",
    "HOME",
    "LANG",
    "LD_LIBRARY_PATH",
    "NODE_OPTIONS",
    "PATH",
    "TMPDIR",
    "TZ",
    "VSCODE_INSPECTOR_OPTIONS",
)
STOP_TIMEOUT_SECONDS = 30
POLL_SECONDS = 0.02

logger = logging.getLogger("containers")
_running = {}


class CannotStart(Exception):
    """A container can't be started. Its text is the reason, as ECS says it."""


def start_task(record, definition, overrides):
    """Runs the containers of a task, in the background."""
    task = _running[record["taskArn"]] = _Task(record, definition, overrides)
    threading.Thread(target=contextvars.copy_context().run, args=(task.run,), daemon=True).start()


def stop_task(arn, stop_code, reason):
    """Sends SIGTERM to the containers of a running task, and SIGKILL after their stopTimeout. Returns whether the task was running."""
    task = _running.get(arn)
    if task:
        task.stop(stop_code, reason)
    return task is not None


class _Task:
    def __init__(self, record, definition, overrides):
        self._record = record
        self._definition = definition
        self._overrides = overrides
        self._containers = []
        self._lock = threading.Lock()
        self._end = None

    def run(self):
        try:
            self._start()
            self._wait()
        except CannotStart as problem:
            self.stop("TaskFailedToStart", str(problem))
            logger.warning("%s: %s", self._record["taskArn"], problem)
        self.stop("EssentialContainerExited", "Essential container in task exited")
        for container in self._containers:
            container.wait()
        self._close()

    def stop(self, stop_code, reason):
        """Stops the containers, once. The first call decides about the reason."""
        with self._lock:
            if self._end:
                return
            self._end = (reason, stop_code)
            self._record.update(desiredStatus="STOPPED", stoppingAt=ecs._iso(), stopCode=stop_code, stoppedReason=reason)
            for container in self._containers:
                container.stop()

    def _start(self):
        role = self._overrides.get("taskRoleArn") or self._definition.get("taskRoleArn")
        credentials = credentials_of(role, self._record["taskArn"].rpartition("/")[2]) if role else {}
        overrides = {each["name"]: each for each in self._overrides.get("containerOverrides", [])}
        for view, definition in zip(self._record["containers"], self._definition["containerDefinitions"], strict=True):
            with self._lock:
                if self._end:
                    return
                self._containers.append(_Container(view, definition, overrides.get(definition["name"], {}), credentials))

    def _wait(self):
        while not any(each.is_essential and each.has_exited() for each in self._containers) and not self._end:
            if all(each.has_exited() for each in self._containers):
                return
            time.sleep(POLL_SECONDS)

    def _close(self):
        arn, (reason, stop_code) = self._record["taskArn"], self._end
        # MiniStack marks only tasks that are not stopping.
        self._record["desiredStatus"] = "RUNNING"
        ecs._mark_task_stopped(arn, self._record, reason, stop_code)
        del _running[arn]


class _Container:
    def __init__(self, view, definition, override, credentials):
        # Values from a template are texts.
        self.is_essential = str(definition.get("essential", True)).lower() == "true"
        self._view = view
        command = [*definition.get("entryPoint", []), *(override.get("command") or definition.get("command") or [])]
        environment = _environment(definition, override, credentials)
        if not command or not shutil.which(command[0], path=environment["PATH"]):
            view["reason"] = f"CannotStartContainerError: {command[0] if command else 'no command'}: executable file not found in $PATH"
            raise CannotStart(view["reason"])
        directory = definition.get("workingDirectory")
        self._process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-B", str(SUPERVISOR), *command],
            env=environment,
            cwd=directory if directory and os.path.isdir(directory) else None,
            # Stays open without data until the engine ends: local/engine/parent.py waits for that.
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._killer = threading.Timer(float(definition.get("stopTimeout", STOP_TIMEOUT_SECONDS)), self._kill)
        self._killer.daemon = True

    def has_exited(self):
        return self._process.poll() is not None

    def stop(self):
        self._process.terminate()
        self._killer.start()

    def wait(self):
        code = self._process.wait()
        self._killer.cancel()
        self._process.stdin.close()
        self._kill()
        self._view["exitCode"] = code if code >= 0 else 128 - code

    def _kill(self):
        """Ends the whole process group, also what the command has left behind."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def _environment(definition, override, credentials):
    settings = {name: os.environ[name] for name in INHERITED if name in os.environ}
    settings["PATH"] = f"{os.path.dirname(sys.executable)}:{settings['PATH']}"
    region, url = get_region(), f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    settings.update(credentials, AWS_REGION=region, AWS_DEFAULT_REGION=region, AWS_ENDPOINT_URL=url)
    for each in [*definition.get("environment", []), *override.get("environment", [])]:
        settings[each["name"]] = each["value"]
    return settings
