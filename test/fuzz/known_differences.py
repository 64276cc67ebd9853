"""What Schemathesis takes for a failure and is none; Schemathesis reads this."""

import schemathesis


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not any(is_known(failure.code, response) for is_known in (is_unknown_to_api_gateway, is_made_up_token, is_used_key))


def is_unknown_to_api_gateway(code, response):
    """A method that is not there is a 405 in HTTP, and a 403 in API Gateway, which can't be told otherwise.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    return code == "ST204" and response.headers.get("x-amzn-errortype") == ["MissingAuthenticationTokenException"]


def is_made_up_token(code, response):
    """A `nextToken` is what the API gave before: the document can't say which other ones are not valid."""
    return code == "ST202" and response.status_code == 400 and errors(response) == [("parameter", "nextToken")]


def is_used_key(code, response):
    """An `Idempotency-Key` is valid once: the document can't say that it was used before, for another request."""
    return code == "ST202" and response.status_code == 422 and errors(response) == [("header", "Idempotency-Key")]


def errors(response):
    """Gives where the problem details see errors."""
    places = ("parameter", "header", "pointer")
    return [(place, error[place]) for error in response.json().get("errors", []) for place in places if place in error]
