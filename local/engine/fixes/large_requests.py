from ministack.services import apigateway_v1

MAX_BYTES = 10 * 1024 * 1024


def refuse_large_requests():
    """Has a REST API refuse bodies of more than 10 MB, by its gateway response REQUEST_TOO_LARGE.

    AWS: the limit can't be raised (https://docs.aws.amazon.com/general/latest/gr/apigateway.html); the status is 413
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html). As installed, there is none.

    Not restored: the limits of headers, and of what a function is invoked with (6 MB). That the limit comes before all else is a guess.
    """
    execute = apigateway_v1._execute_in_scope

    async def execute_if_small(request, api_id, stage_name, method, path, headers, body, *args):
        stage = apigateway_v1.stages_for_api(api_id).get(stage_name)
        if stage and len(body or b"") > MAX_BYTES:
            request["stage"] = stage
            return apigateway_v1._GatewayError("REQUEST_TOO_LARGE", "Request Too Long")
        return await execute(request, api_id, stage_name, method, path, headers, body, *args)

    apigateway_v1._execute_in_scope = execute_if_small
