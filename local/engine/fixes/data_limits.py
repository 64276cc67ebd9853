import json

from ministack.services import stepfunctions

MAX_BYTES = 262_144
LIMIT_EXCEEDED = "States.DataLimitExceeded"


def limit_data_of_states():
    """Fails a state with States.DataLimitExceeded if its arguments, the result of its task or its output are longer than 262,144 bytes.

    AWS: the limit is for JSON as UTF-8 (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). States.ALL catches
    and retries neither States.DataLimitExceeded, which can be caught by its own name, nor States.Runtime, which always fails the
    execution (…/concepts-error-handling.html). In MiniStack, data has no limit, and States.ALL catches all.

    The documentation does not say if States.TaskFailed catches States.DataLimitExceeded. Here it does not. Not restored: limits of
    variables, and of the history.
    """
    matches = stepfunctions._error_matches
    for name in ("_apply_parameters", "_apply_output_path", "_apply_jsonata_arguments", "_apply_jsonata_output"):
        setattr(stepfunctions, name, _limited(getattr(stepfunctions, name), "state"))
    for name in ("_invoke_resource", "_invoke_with_callback"):
        setattr(stepfunctions, name, _limited(getattr(stepfunctions, name), "task"))

    def matches_as_named(names, error):
        if error == LIMIT_EXCEEDED:
            return error in names
        return error != "States.Runtime" and matches(names, error)

    stepfunctions._error_matches = matches_as_named


def _limited(function, of):
    def limited(*args, **kwargs):
        data = function(*args, **kwargs)
        if len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")) > MAX_BYTES:
            raise stepfunctions._ExecutionError(LIMIT_EXCEEDED, f"The data of the {of} exceeds the maximum number of bytes: {MAX_BYTES}")
        return data

    return limited
