from ministack.services import apigateway


def complete_events_of_http_api_authorizers():
    """Passes `version`, `identitySource` and `authorizationToken` to a Lambda authorizer of an HTTP API with payload format 1.0.

    AWS: both have the values of the identity sources, separated by commas
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html). MiniStack omits them.

    What MiniStack already does: simple responses, policies, their cache, a 401 without an identity source, a 403 if the authorizer denies,
    a 500 if it fails.
    """
    invoke = apigateway._invoke_request_authorizer_lambda

    async def invoke_with_complete_event(authorizer, event, *args):
        is_format_1_0 = event["type"] == "REQUEST" and "resource" in event
        return await invoke(authorizer, _completed(authorizer, event) if is_format_1_0 else event, *args)

    apigateway._invoke_request_authorizer_lambda = invoke_with_complete_event


def _completed(authorizer, event):
    _, values = apigateway._request_authorizer_identity_sources(
        authorizer.get("identitySource"), event["headers"], event["multiValueQueryStringParameters"], event["stageVariables"]
    )
    identity = ",".join(values)
    return {"version": "1.0", **event, "identitySource": identity, "authorizationToken": identity}
