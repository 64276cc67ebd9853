import json

from ministack.services import apigateway, apigateway_v1

MAX_BYTES = 10 * 1024 * 1024


def refuse_large_requests():
    """Refuses bodies of more than 10 MB: by the gateway response REQUEST_TOO_LARGE of a REST API, and with a 413 of an HTTP API.

    AWS: this quota can't be raised (https://docs.aws.amazon.com/general/latest/gr/apigateway.html). The status is 413
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html). MiniStack has no limit.

    The documentation does not say what the body of an HTTP API is. Not restored: the limits of headers, and of the event of a function
    (6 MB). We assume that AWS checks this limit first.
    """
    _limit_rest_apis()
    _limit_http_apis()


def _limit_rest_apis():
    execute = apigateway_v1._execute_in_scope

    async def execute_if_small(request, api_id, stage_name, method, path, headers, body, *args):
        stage = apigateway_v1.stages_for_api(api_id).get(stage_name)
        if stage and len(body or b"") > MAX_BYTES:
            request["stage"] = stage
            return apigateway_v1._GatewayError("REQUEST_TOO_LARGE", "Request Too Long")
        return await execute(request, api_id, stage_name, method, path, headers, body, *args)

    apigateway_v1._execute_in_scope = execute_if_small


def _limit_http_apis():
    execute = apigateway._handle_execute_in_scope

    async def execute_if_small(api_id, stage, path, method, headers, body, *args):
        if len(body or b"") > MAX_BYTES:
            return 413, {"Content-Type": "application/json"}, json.dumps({"message": "Request Entity Too Large"}).encode()
        return await execute(api_id, stage, path, method, headers, body, *args)

    apigateway._handle_execute_in_scope = execute_if_small
