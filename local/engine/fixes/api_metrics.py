import time
from contextvars import ContextVar

from ministack import app
from ministack.core.responses import request_scope
from ministack.services import apigateway, apigateway_v1

from fixes.metrics import record_now

_called = ContextVar("called_api", default=None)


def watch_apis():
    """Publishes the number of requests to REST and HTTP APIs, of their errors, and their latency, for each API and for each stage.

    AWS: the metrics of a REST API have its name, and are called 4XXError and 5XXError
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html). Those of an HTTP API have its
    ID, and are called 4xx and 5xx (…/http-api-metrics.html). A request without an error counts as 0, so the average is the rate of errors.
    MiniStack publishes no metrics of APIs. Not restored: metrics of methods and routes, caches, integrations, and WebSocket APIs.
    """
    enforce = app._enforce_execute_api
    handle = app._handle_execute_api_request

    def enforce_and_remember(api_id, stage, *args, **kwargs):
        _called.set((api_id, stage))
        return enforce(api_id, stage, *args, **kwargs)

    async def handle_and_count(*args, **kwargs):
        _called.set(None)
        began = time.time()
        response = await handle(*args, **kwargs)
        if response and _called.get():
            _publish(*_called.get(), response[0], float(round((time.time() - began) * 1000)))
        return response

    app._enforce_execute_api = enforce_and_remember
    app._handle_execute_api_request = handle_and_count


def _publish(api_id, stage, status, latency):
    is_rest_api = apigateway_v1.find_api_scope(api_id) is not None
    gateway = apigateway_v1 if is_rest_api else apigateway
    scope = gateway.find_api_scope(api_id)
    if scope is None or stage not in gateway.stages_for_api(api_id):
        return
    if is_rest_api:
        api, errors = {"ApiName": apigateway_v1._rest_apis.get_scoped(*scope, api_id)["name"]}, ("4XXError", "5XXError")
    elif apigateway._apis.get_scoped(*scope, api_id)["protocolType"] == "HTTP":
        api, errors = {"ApiId": api_id}, ("4xx", "5xx")
    else:
        return
    with request_scope(*scope):
        for dimensions in (api, {**api, "Stage": stage}):
            record_now("AWS/ApiGateway", "Count", dimensions, 1.0, "Count")
            record_now("AWS/ApiGateway", "Latency", dimensions, latency, "Milliseconds")
            for first_digit, name in zip((4, 5), errors, strict=True):
                record_now("AWS/ApiGateway", name, dimensions, 1.0 if status // 100 == first_digit else 0.0, "Count")
