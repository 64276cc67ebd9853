from ministack.services import apigateway
from ministack.services.cloudformation import provisioners

ANY_ORIGIN = "*"


def answer_cors_of_http_apis():
    """Answers preflights of an HTTP API by its `CorsConfiguration`, and adds its CORS headers to all replies.

    AWS: API Gateway answers preflights itself, and ignores CORS headers of the function. An origin may be `*`, `https://*` or `http://*`
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html). MiniStack ignores the configuration of a template,
    because it expects other names of properties, and sends the function's headers too.

    The documentation says that responses of integrations have the headers. It does not say if errors of API Gateway have them; here they
    do. It does not say how API Gateway answers a preflight from another origin; here with a 204 without CORS headers. It does not
    mention `Vary`; here API Gateway does not add it. Without a CORS configuration, OPTIONS is an unknown route. Not restored: routes for
    OPTIONS.
    """
    _take_cors_from_templates()
    _answer_preflights()
    handle = apigateway.handle_execute

    async def handle_and_add_headers(api_id, stage, path, method, headers, *args, **kwargs):
        response = await handle(api_id, stage, path, method, headers, *args, **kwargs)
        return response if method == "OPTIONS" else with_cors_headers(api_id, headers, response)

    apigateway.handle_execute = handle_and_add_headers


def with_cors_headers(api_id, request_headers, response):
    """Returns a response with the CORS headers of an HTTP API, and no others. An API without a CORS configuration changes nothing."""
    scope = apigateway.find_api_scope(api_id)
    cors = scope and apigateway._apis.get_scoped(*scope, api_id, {}).get("corsConfiguration")
    if not cors:
        return response
    status, headers, body = response
    others = {name: value for name, value in headers.items() if not name.lower().startswith("access-control-")}
    return status, {**others, **_cors_headers(cors, request_headers.get("origin", ""))}, body


def _take_cors_from_templates():
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    for operation in ("create", "update"):
        handlers[operation] = _with_names_of_the_api(handlers[operation])


def _with_names_of_the_api(handler):
    def handle(*args, **kwargs):
        return handler(*(_renamed(argument) if isinstance(argument, dict) else argument for argument in args), **kwargs)

    return handle


def _renamed(props):
    cors = props.get("CorsConfiguration")
    return {**props, "CorsConfiguration": {name[0].lower() + name[1:]: value for name, value in cors.items()}} if cors else props


def _answer_preflights():
    preflight = apigateway._cors_preflight_response

    def answer(cors, origin):
        if not cors:
            return apigateway._http_api_not_found()
        return preflight(cors, origin) if _cors_headers(cors, origin) else (204, {}, b"")

    apigateway._cors_response_headers = _cors_headers
    apigateway._cors_preflight_response = answer


def _cors_headers(cors, origin):
    allowed = cors.get("allowOrigins", [])
    if not origin or not {origin.lower(), origin.partition("//")[0].lower() + "//*", ANY_ORIGIN} & {value.lower() for value in allowed}:
        return {}
    headers = {"Access-Control-Allow-Origin": ANY_ORIGIN if ANY_ORIGIN in allowed else origin}
    if cors.get("allowCredentials"):
        headers["Access-Control-Allow-Credentials"] = "true"
    if cors.get("exposeHeaders"):
        headers["Access-Control-Expose-Headers"] = ",".join(cors["exposeHeaders"])
    return headers
