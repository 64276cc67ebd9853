import base64
import json

from ministack.services import apigateway, apigateway_v1

from fixes.failed_integrations import FailedFunction, proxy_response
from fixes.sent_requests import last_values

FORMAT = "1.0"
IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def invoke_in_format_1_0():
    """Invokes functions behind an HTTP API with payload format 1.0 if the integration asks for it.

    AWS: the event is that of a REST API, with differences: names of headers are in lower case, path and parameters are decoded,
    `authorizer` has `claims` and `scopes` of a JWT, and `resourceId` is null. The response must have the format of a REST API
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
    …/http-api-develop-routes.html). If the function fails, or returns anything else, the caller receives a 500 with "Internal Server Error"
    (…/http-api-troubleshooting-lambda.html). MiniStack always sends format 2.0, and the stack trace of an error.

    The documentation shows in an example, and does not say, that `queryStringParameters` has the first of several values, and `headers`
    the last. It does not say whether `path` is decoded; as in format 2.0, all but `%25` is. It does not say how strictly responses are
    checked; here as those of a REST API, and `statusCode` is required. It does not say which bodies are Base64; here those that are in
    format 2.0. The keys of a Lambda authorizer are in `authorizer`, as behind a REST API. `scopes` of a route that requires none is null,
    as in events that users show. It does not say how a trailing slash, `%2F` and HEAD are routed: here paths are decoded before they are
    routed, `/tasks/` and `/tasks/a%2Fb` are unknown, and HEAD is a method like others.

    Not restored: format 2.0 for functions that fail; a 503 after 30 seconds; the stage in `path` if the stage is not `$default`.
    """
    invoke = apigateway._invoke_lambda_proxy

    async def invoke_in_its_format(integration, *args, **kwargs):
        if integration.get("payloadFormatVersion") != FORMAT:
            return await invoke(integration, *args, **kwargs)
        return await _invoke(integration, *args, **kwargs)

    apigateway._invoke_lambda_proxy = invoke_in_its_format


async def _invoke(integration, api_id, *args, owner_account_id, owner_region, raw_query_string, **kwargs):
    function = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
    event = _event(api_id, *args, **kwargs)
    result, not_found = await apigateway_v1._call_lambda_raw(function, event, account_id=owner_account_id, region=owner_region)
    try:
        if not_found:
            raise FailedFunction
        return _response(result)
    except FailedFunction:
        return 500, {"Content-Type": "application/json"}, json.dumps({"message": "Internal Server Error"}).encode()


def _event(
    api_id,
    stage,
    path,
    method,
    headers,
    body,
    query_params,
    route_key,
    path_params,
    *,
    authorizer_claims,
    authorizer_scopes,
    authorizer_lambda_context,
    authorizer_iam,
):
    resource = {"id": None, "path": route_key.rpartition(" ")[2]}
    variables = {"variables": apigateway._get_stage_variables(api_id, stage)}
    event = apigateway_v1._build_lambda_event_v1(
        api_id, stage, variables, resource, path, method, headers, None, query_params, _decoded(path_params)
    )
    event["multiValueHeaders"] = _in_lower_case(event["multiValueHeaders"])
    event["headers"] = last_values(event["multiValueHeaders"])
    query = event["multiValueQueryStringParameters"]
    event["queryStringParameters"] = query and {name: values[0] for name, values in query.items()}
    event["body"], event["isBase64Encoded"] = _body(body, headers.get("content-type"))

    context = event["requestContext"]
    claims = authorizer_claims and {name: apigateway._jwt_claim_to_string(value) for name, value in authorizer_claims.items()}
    scopes = authorizer_scopes if _requires_scopes(api_id, route_key) else None
    context["authorizer"] = authorizer_lambda_context or {"claims": claims, "scopes": scopes}
    caller = apigateway_v1._iam_caller_identity(headers, query_params) if authorizer_iam else None
    context["identity"] = {**dict.fromkeys(IDENTITY), **context["identity"], **(caller or {})}
    context["domainName"] = f"{api_id}.execute-api.{apigateway._HOST}"
    context["domainPrefix"] = api_id
    if stage == "$default":
        context["path"] = path
    return event


def _requires_scopes(api_id, route_key):
    return any(route.get("authorizationScopes") for route in apigateway._routes.get(api_id, {}).values() if route["routeKey"] == route_key)


def _decoded(path_params):
    return path_params and {name: value.replace("%25", "%") for name, value in path_params.items()}


def _in_lower_case(multi_value_headers):
    headers = {}
    for name, values in multi_value_headers.items():
        headers.setdefault(name.lower(), []).extend(values)
    return headers


def _body(body, content_type):
    if not body:
        return None, False
    if apigateway._v2_request_body_is_text(content_type):
        return body.decode("utf-8", errors="replace"), False
    return base64.b64encode(body).decode("ascii"), True


def _response(result):
    if "statusCode" not in (result.get("body") or {}):
        raise FailedFunction
    response, _ = proxy_response(result)
    headers = {**(response.get("headers") or {})}
    for name, values in (response.get("multiValueHeaders") or {}).items():
        headers = {other: value for other, value in headers.items() if other.lower() != name.lower()}
        headers[name] = list(values)
    body = response["body"].encode()
    return response["statusCode"], headers, base64.b64decode(body) if response.get("isBase64Encoded") else body
