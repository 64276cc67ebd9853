from contextvars import ContextVar

from ministack import app
from ministack.core import iam_evaluator


def treat_transport_as_secure():
    """Treats requests as HTTPS in policies that deny `aws:SecureTransport` = false. Needs AUTH.

    AWS: SDKs and services use HTTPS, so such a policy denies them nothing. CDK's `enforceSSL` and the bucket of `cdk bootstrap` have
    one (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html). MiniStack uses plain HTTP, on the
    loopback interface only, so these policies deny all requests.
    """
    pin = app.pin_request_origin
    # The default applies to deliveries of the engine itself.
    iam_evaluator._request_origin = ContextVar("request_origin", default=("127.0.0.1", True))
    app.pin_request_origin = lambda source_ip, _: pin(source_ip, True)
