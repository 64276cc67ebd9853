import json

from ministack import app
from ministack.core.iam_evaluator import AuthError
from ministack.services import apigateway_v1

DENIED = "AccessDeniedException"


def answer_denied_callers():
    """Has a REST API answer, by its gateway responses, whom IAM denies and who calls what is not there; with AUTH on.

    AWS: an authorization that fails is an ACCESS_DENIED, and a request for a method or resource that is not there a
    MISSING_AUTHENTICATION_TOKEN, signed or not
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html). As installed, a caller
    without the right gets the error of the AWS SDK's protocol, also where there is no method.
    """
    apigateway_v1._AUTHENTICATION_GATEWAY_ERRORS[DENIED] = ("ACCESS_DENIED", DENIED)
    enforce = app._enforce_execute_api

    def enforce_or_answer(api_id, stage, method, path, headers, query_params, *args, **kwargs):
        is_rest_api = apigateway_v1.find_api_scope(api_id)
        if is_rest_api and apigateway_v1.method_authorization_type(api_id, stage, method, path) is None:
            # Nothing to enforce: the router has the answer.
            return None
        refusal = enforce(api_id, stage, method, path, headers, query_params, *args, **kwargs)
        message = _denial(refusal) if refusal and is_rest_api else None
        if message is None:
            return refusal
        return apigateway_v1.authentication_error_response(api_id, stage, AuthError(DENIED, message), headers, query_params)

    app._enforce_execute_api = enforce_or_answer


def _denial(refusal):
    """Gives the message of a refusal that no gateway response has shaped."""
    _, headers, body = refusal
    return json.loads(body)["message"] if headers.get("Content-Type", "").startswith("application/x-amz-json") else None
