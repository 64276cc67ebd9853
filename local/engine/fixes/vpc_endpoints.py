from contextvars import ContextVar

from ministack import app
from ministack.core import iam_evaluator

HEADER = "x-local-engine-vpc-endpoint"

_vpc_endpoint = ContextVar("vpc_endpoint", default=None)


def take_vpc_endpoints_from_a_header():
    """Gives requests to APIs the condition key `aws:SourceVpce`, from the header `x-local-engine-vpc-endpoint`. Needs AUTH.

    AWS: a private API takes requests through its VPC endpoints only, and its resource policy restricts them
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html). In MiniStack, the key is
    always absent. Nothing on AWS reads the header: it stands for the network, which is not there.

    Not restored: private APIs without a policy, which AWS does not deploy.
    """
    handle = app._handle_execute_api_request
    resolve = iam_evaluator._resolve_condition_key

    async def handle_from_endpoint(host, path, method, headers, *args, **kwargs):
        _vpc_endpoint.set(headers.get(HEADER))
        return await handle(host, path, method, headers, *args, **kwargs)

    def resolve_with_endpoint(key, context):
        return _vpc_endpoint.get() if key.lower() == "aws:sourcevpce" else resolve(key, context)

    app._handle_execute_api_request = handle_from_endpoint
    iam_evaluator._resolve_condition_key = resolve_with_endpoint
