import threading

from ministack.core.lambda_runtime import Worker
from ministack.services import lambda_svc

from fixes.worker_scripts import NODE, PYTHON, edit_worker_script

NODE_FAILURE = """
const _failure = error => error instanceof Error
  ? { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split("\\n") }
  : { errorType: typeof error, errorMessage: String(error), trace: [] };
"""
PYTHON_FAILURE = """{
                "errorMessage": str(e), "errorType": type(e).__name__, "requestId": _ms_ctx.get("request_id"),
                "stackTrace": traceback.format_tb(e.__traceback__),
            }"""


def describe_function_errors():
    """Returns the same payload as Lambda for a failed invocation: the type of the error, its message and its stack.

    AWS: Node.js returns {"errorType": "TypeError", "errorMessage": "…", "trace": […]}, Python a `stackTrace`
    (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html, …/python-exceptions.html). A process that exits is a
    `Runtime.ExitError`, and one that times out a `Sandbox.Timedout`. In MiniStack, nearly all errors are a `Runtime.HandlerError`.
    Not restored: the exit status of a process, and the types of errors during initialization.
    """
    edit_worker_script(NODE, 'const readline = require("readline");', f'const readline = require("readline");{NODE_FAILURE}')
    _add_failure(NODE, 'error: String(err.message || err), trace: err.stack || ""', "failure: _failure(err)")
    _add_failure(NODE, "error: e.message, trace: e.stack", "failure: _failure(e)")
    _add_failure(PYTHON, '"error": str(e), "trace": traceback.format_exc()', f'"failure": {PYTHON_FAILURE}')

    invoke = Worker.invoke
    execute = lambda_svc._execute_function_warm
    last = threading.local()

    def invoke_and_remember(worker, event, request_id, **context):
        response = invoke(worker, event, request_id, **context)
        last.failure = response.get("failure") or _end_of_process(response, request_id)
        return response

    def execute_and_describe(func, event, request_id):
        last.failure = None
        result = execute(func, event, request_id)
        return {**result, "body": last.failure} if result.get("error") and last.failure else result

    Worker.invoke = invoke_and_remember
    lambda_svc._execute_function_warm = execute_and_describe


def _add_failure(script, error, failure):
    edit_worker_script(script, error, f"{failure}, {error}")


def _end_of_process(response, request_id):
    error = response.get("error") or ""
    if error == "Worker process died":
        return {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {request_id} Error: Runtime exited without providing a reason",
        }
    if error.startswith("Task timed out"):
        return {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {request_id} Error: {error}"}
    return None
