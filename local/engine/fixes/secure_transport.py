from contextvars import ContextVar

from ministack import app
from ministack.core import iam_evaluator


def take_transport_for_secure():
    """Lets requests pass policies that deny `aws:SecureTransport` = false, with AUTH on.

    AWS: SDKs and services speak HTTPS, so such a policy (CDK's `enforceSSL`, the bucket of `cdk bootstrap`) denies them nothing.
    The engine speaks plain HTTP, on the loopback interface only. As installed, those policies deny everybody everything.
    """
    pin = app.pin_request_origin
    # The default is for deliveries that the engine makes itself.
    iam_evaluator._request_origin = ContextVar("request_origin", default=("127.0.0.1", True))
    app.pin_request_origin = lambda source_ip, _: pin(source_ip, True)
