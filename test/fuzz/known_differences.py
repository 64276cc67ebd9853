"""Hooks of Schemathesis: failures that are correct behavior."""

import schemathesis


@schemathesis.hook
def filter_failure(context, failure, case, response):
    known_differences = (is_unknown_to_rest_api, is_unknown_to_http_api, is_made_up_token, is_used_key)
    return not any(is_known(failure.code, response) for is_known in known_differences)


def is_unknown_to_rest_api(code, response):
    """An unknown method is a 405 in HTTP. In a REST API of API Gateway it is always a 403.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    return code == "ST204" and response.headers.get("x-amzn-errortype") == ["MissingAuthenticationTokenException"]


def is_unknown_to_http_api(code, response):
    """In an HTTP API of API Gateway, an unknown method is a 404, as an unknown path: a request without a route.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    """
    return code == "ST204" and response.status_code == 404 and response.json() == {"message": "Not Found"}


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
