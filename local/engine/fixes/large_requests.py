from ministack.services import apigateway_v1

MAX_BYTES = 10 * 1024 * 1024


def refuse_large_requests():
    """Refuses bodies of more than 10 MB with the gateway response REQUEST_TOO_LARGE of the REST API.

    AWS: this quota can't be raised (https://docs.aws.amazon.com/general/latest/gr/apigateway.html). The status is 413
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html). MiniStack has no limit.

    Not restored: the limits of headers, and of the event of a function (6 MB). We assume that AWS checks this limit first.
    """
    execute = apigateway_v1._execute_in_scope

    async def execute_if_small(request, api_id, stage_name, method, path, headers, body, *args):
        stage = apigateway_v1.stages_for_api(api_id).get(stage_name)
        if stage and len(body or b"") > MAX_BYTES:
            request["stage"] = stage
            return apigateway_v1._GatewayError("REQUEST_TOO_LARGE", "Request Too Long")
        return await execute(request, api_id, stage_name, method, path, headers, body, *args)

    apigateway_v1._execute_in_scope = execute_if_small
