from contextvars import ContextVar, copy_context

from ministack.services import lambda_svc

_next_request_id = ContextVar("next_request_id", default=None)


def accept_request_ids():
    """Lets the code that invokes a function choose the ID of the request, with `execute_as`.

    AWS: all attempts of an asynchronous invocation have the same ID, which is also in its record
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). In MiniStack each attempt has its own ID.
    """
    dispatch = lambda_svc._execute_function_dispatch

    def dispatch_as_chosen(func, config, event, request_id, started):
        chosen = _next_request_id.get()
        # It applies to this invocation only, and not to those that it causes.
        _next_request_id.set(None)
        return dispatch(func, config, event, chosen or request_id, started)

    lambda_svc._execute_function_dispatch = dispatch_as_chosen


def execute_as(request_id, func, event):
    def execute():
        _next_request_id.set(request_id)
        return lambda_svc._execute_function(func, event)

    return copy_context().run(execute)
