from contextvars import ContextVar

from hypercorn.protocol.h11 import H11Protocol
from ministack import app
from ministack.core.sigv4 import decode_header_value
from ministack.services import apigateway_v1

_sent_headers = ContextVar("sent_headers", default=None)


def pass_on_requests_as_sent():
    """Gives functions behind a REST API the path, the query and the headers as the client sent them.

    AWS: `path` and `pathParameters` stay percent-encoded, and so `%2F` separates nothing. A header, or a query parameter, that is
    sent more than once has all its values in the multi-value map, and the last one in the other
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html). The names of headers
    keep their case, other than in an HTTP API's format 2.0 (…/http-api-develop-integrations-lambda.html). As installed, the path
    is decoded before it is routed, names of headers are in lower case, repeated headers are joined by commas, and of a
    parameter the first value counts.

    Not restored: what AWS adds, such as `X-Amzn-Trace-Id`; events of authorizers; requests by HTTP/2.
    """
    _remember_sent_headers()
    _route_encoded_paths()
    build_event = apigateway_v1._build_lambda_event_v1

    def build_event_as_sent(*args, **kwargs):
        event = build_event(*args, **kwargs)
        query = event["multiValueQueryStringParameters"]
        event["queryStringParameters"] = _last_values(query) if query else None
        if _sent_headers.get() is not None:
            event["multiValueHeaders"] = _grouped(_sent_headers.get())
            event["headers"] = _last_values(event["multiValueHeaders"])
        return event

    apigateway_v1._build_lambda_event_v1 = build_event_as_sent


def _remember_sent_headers():
    create_stream = H11Protocol._create_stream

    async def remember_and_create_stream(protocol, request):
        # The task that serves the request starts in here, and takes the context with it.
        _sent_headers.set(request.headers.raw_items())
        await create_stream(protocol, request)

    H11Protocol._create_stream = remember_and_create_stream


def _route_encoded_paths():
    handle = app._handle_execute_api_request

    async def handle_encoded_path(host, path, method, headers, body, query_params, raw_path=None, raw_query_string=None):
        called = app._parse_execute_api_url(host, path)
        if called and raw_path and apigateway_v1.find_api_scope(called[0]):
            path = raw_path
        return await handle(host, path, method, headers, body, query_params, raw_path=raw_path, raw_query_string=raw_query_string)

    app._handle_execute_api_request = handle_encoded_path


def _grouped(headers):
    spellings, grouped = {}, {}
    for raw_name, value in headers:
        name = raw_name.decode("latin-1")
        grouped.setdefault(spellings.setdefault(name.lower(), name), []).append(decode_header_value(value))
    return grouped


def _last_values(multi_value_map):
    return {name: values[-1] for name, values in multi_value_map.items()}
