from ministack.services import apigateway_v1

RESPONSE_KEYS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}


def answer_for_failed_functions():
    """Answers 502, by the gateway response DEFAULT_5XX, if the function behind a REST API fails or returns no HTTP response.

    AWS: a function that throws, exits or times out, or whose output is not in the proxy format, causes a 502 with "Internal server
    error" (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html). The gateway responses
    of the API apply (…/supported-gateway-response-types.html). The caller learns nothing about the error. MiniStack sends the stack
    trace to the caller, and takes output in any other format for a 200.

    Not restored: INTEGRATION_TIMEOUT, after 29 seconds. Only the time-out of the function applies.
    """
    invoke = apigateway_v1._invoke_lambda_proxy_v1
    respond = apigateway_v1._gateway_error_response

    async def invoke_or_fail(*args, **kwargs):
        try:
            return await invoke(*args, **kwargs)
        except FailedFunction:
            return _BadGateway("DEFAULT_5XX", "Internal server error")

    def respond_with_502(error, request):
        status, headers, body = respond(error, request)
        return 502 if isinstance(error, _BadGateway) and not _configured_status(request) else status, headers, body

    apigateway_v1._lambda_proxy_response = proxy_response
    apigateway_v1._invoke_lambda_proxy_v1 = invoke_or_fail
    apigateway_v1._gateway_error_response = respond_with_502


class FailedFunction(Exception):
    """A function failed, or returned no HTTP response."""


class _BadGateway(apigateway_v1._GatewayError):
    pass


def proxy_response(result):
    """Returns the response of the function, and None in the place of MiniStack's own error message."""
    response = result.get("body")
    if result.get("error") or not _is_proxy_response(response):
        raise FailedFunction
    return {**response, "statusCode": int(response.get("statusCode") or 200), "body": response.get("body") or ""}, None


def _is_proxy_response(response):
    return (
        isinstance(response, dict)
        and response.keys() <= RESPONSE_KEYS
        and _is_status(response.get("statusCode"))
        and isinstance(response.get("body"), (str, type(None)))
        and all(isinstance(response.get(name), (dict, type(None))) for name in ("headers", "multiValueHeaders"))
    )


def _is_status(value):
    return value is None or (isinstance(value, (int, str)) and str(value).isdecimal())


def _configured_status(request):
    responses = apigateway_v1._deployed_gateway_responses.get(request["api_id"], {}).get(request["stage"].get("deploymentId"), {})
    return responses.get("DEFAULT_5XX", {}).get("statusCode")
