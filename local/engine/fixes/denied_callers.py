import json

from ministack import app
from ministack.core.iam_evaluator import AuthError
from ministack.services import apigateway_v1

DENIED = "AccessDeniedException"


def answer_denied_callers():
    """Answers requests that IAM denies, and requests for unknown routes, with the gateway responses of the REST API. Needs AUTH.

    AWS: a failed authorization is an ACCESS_DENIED. A request for an unknown method or resource is a MISSING_AUTHENTICATION_TOKEN,
    signed or not (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html). MiniStack
    answers callers without the right with an error in the protocol of the AWS SDK, also where no method exists.
    """
    apigateway_v1._AUTHENTICATION_GATEWAY_ERRORS[DENIED] = ("ACCESS_DENIED", DENIED)
    enforce = app._enforce_execute_api

    def enforce_or_answer(api_id, stage, method, path, headers, query_params, *args, **kwargs):
        is_rest_api = apigateway_v1.find_api_scope(api_id)
        if is_rest_api and apigateway_v1.method_authorization_type(api_id, stage, method, path) is None:
            # Nothing to enforce: the router answers.
            return None
        refusal = enforce(api_id, stage, method, path, headers, query_params, *args, **kwargs)
        message = _denial(refusal) if refusal and is_rest_api else None
        if message is None:
            return refusal
        return apigateway_v1.authentication_error_response(api_id, stage, AuthError(DENIED, message), headers, query_params)

    app._enforce_execute_api = enforce_or_answer


def _denial(refusal):
    """Returns the message of a refusal that is not a gateway response yet, or None."""
    _, headers, body = refusal
    return json.loads(body)["message"] if headers.get("Content-Type", "").startswith("application/x-amz-json") else None
