import json

from ministack import app
from ministack.services import apigateway

from fixes.http_api_cors import with_cors_headers

FORBIDDEN = (403, {"Content-Type": "application/json"}, json.dumps({"message": "Forbidden"}).encode())


def forbid_denied_callers_of_http_apis():
    """Answers requests to an HTTP API that IAM denies with a 403 and "Forbidden", and lets the router answer unknown routes. Needs AUTH.

    AWS: an HTTP API has no gateway responses
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html). A route with IAM authorization takes signed
    requests of callers with the permission `execute-api:Invoke` for it (…/http-api-access-control-iam.html); the stage in the ARN is
    `$default`. MiniStack answers with an error in the protocol of the AWS SDK, also where no route exists,
    and takes a request with another `Authorization` header for one of the account itself.

    The documentation does not say what the body is, nor if it differs between missing, wrong and insufficient credentials. Not restored:
    signatures in the query.
    """
    enforce = app._enforce_execute_api

    def enforce_or_forbid(api_id, stage, method, path, headers, query_params, *args, **kwargs):
        if not _is_http_api(api_id):
            return enforce(api_id, stage, method, path, headers, query_params, *args, **kwargs)
        if apigateway.route_authorization_type(api_id, stage, method, path) != "AWS_IAM":
            return None
        is_signed = headers.get("authorization", "").startswith("AWS4-HMAC-SHA256")
        refusal = not is_signed or enforce(api_id, stage, method, path, headers, query_params, *args, **kwargs)
        return refusal and with_cors_headers(api_id, headers, FORBIDDEN)

    app._enforce_execute_api = enforce_or_forbid


def _is_http_api(api_id):
    scope = apigateway.find_api_scope(api_id)
    return bool(scope) and apigateway._apis.get_scoped(*scope, api_id, {}).get("protocolType") == "HTTP"
