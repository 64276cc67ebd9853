"""Credentials of roles, and what they may do. Some fixes use it."""

import hashlib

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.iam_actions import identity_denial_message
from ministack.core.responses import get_account_id, get_region
from ministack.services import sts


def credentials_of(role, session):
    """Returns the environment variables with which code runs as a role. Without AUTH, the role does not matter."""
    if not app.AUTH:
        return {"AWS_ACCESS_KEY_ID": get_account_id(), "AWS_SECRET_ACCESS_KEY": "test"}
    digest, name = hashlib.sha256(f"{role}:{session}".encode()).hexdigest(), role.rpartition("/")[2]
    key, secret, token = f"ASIA{digest[:16].upper()}", digest, digest[::-1]
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{name}/{session}",
            "UserId": f"{name}:{session}",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def denial(access_key, action, resource, keys=None):
    """Returns the message with which IAM denies an action to the owner of an access key, or None. Always None without AUTH.

    `keys` are the condition keys of the request.
    """
    if not app.AUTH:
        return None
    principal = iam_evaluator.resolve_principal(access_key, get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        return principal.message
    if principal.policies is None:
        return None
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        principal_keys=principal.keys,
        service_context={name.lower(): value for name, value in (keys or {}).items()},
    )
    result = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
    resource_policy = iam_evaluator._resource_policy(action.partition(":")[0], resource)
    if resource_policy:
        result = iam_evaluator.combine_resource_policy(result, context, *resource_policy, limits=principal.limits)
    if result.decision == "Allow":
        return None
    return identity_denial_message(action, principal.arn, resource, result.decision == "Deny")
