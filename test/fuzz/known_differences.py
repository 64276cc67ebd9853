"""Hooks of Schemathesis: failures that are correct behavior."""

import schemathesis


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not any(is_known(failure.code, response) for is_known in (is_unknown_to_api_gateway, is_made_up_token, is_used_key))


def is_unknown_to_api_gateway(code, response):
    """An unknown method is a 405 in HTTP. In API Gateway it is always a 403.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    return code == "ST204" and response.headers.get("x-amzn-errortype") == ["MissingAuthenticationTokenException"]


def is_made_up_token(code, response):
    """Only a `nextToken` of the API is valid. The document can't say that."""
    return code == "ST202" and response.status_code == 400 and errors(response) == [("parameter", "nextToken")]


def is_used_key(code, response):
    """An `Idempotency-Key` is valid for one request only. The document can't say that."""
    return code == "ST202" and response.status_code == 422 and errors(response) == [("header", "Idempotency-Key")]


def errors(response):
    """Returns the places of the errors in a problem."""
    places = ("parameter", "header", "pointer")
    return [(place, error[place]) for error in response.json().get("errors", []) for place in places if place in error]
