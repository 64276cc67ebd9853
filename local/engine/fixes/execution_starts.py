import json
import re

from ministack.services import stepfunctions

MAX_INPUT_BYTES = 262_144
NAME = re.compile(r"""[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}""")


def start_executions_once():
    """Answers StartExecution with the running execution of the same name and input, and refuses names and inputs as AWS does.

    AWS: StartExecution is idempotent for standard state machines. The same name and input as those of a running execution is a success
    with that execution. Another input, or a closed execution, is an ExecutionAlreadyExists. An input of more than 262,144 bytes, or one
    that is not JSON, is an InvalidExecutionInput, and names have up to 80 characters of a limited set
    (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html). MiniStack refuses each name that exists,
    and takes all names and inputs.

    Not restored: AWS forgets the name of a closed execution after 90 days.
    """
    start = stepfunctions._start_execution

    def start_once(data):
        return _refusal(data) or _running(data) or start(data)

    stepfunctions._start_execution = start_once


def _refusal(data):
    name, given = data.get("name"), data.get("input", "{}")
    if name is not None and not NAME.fullmatch(name):
        return stepfunctions.error_response_json("InvalidName", f"Invalid Name: '{name}'", 400)
    if len(given.encode()) > MAX_INPUT_BYTES or not _is_json(given):
        message = f"Invalid State Machine Execution Input: it must be JSON of at most {MAX_INPUT_BYTES} bytes"
        return stepfunctions.error_response_json("InvalidExecutionInput", message, 400)
    return None


def _is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


def _running(data):
    machine = stepfunctions._state_machines.get(stepfunctions._resolve_state_machine_arn(data.get("stateMachineArn", "")))
    if not machine or machine["type"] != "STANDARD":
        return None
    arn = f"{machine['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{data.get('name')}"
    execution = stepfunctions._executions.get(arn)
    if not execution or execution["status"] != "RUNNING" or execution["input"] != data.get("input", "{}"):
        return None
    return stepfunctions.json_response({"executionArn": arn, "startDate": execution["startDate"]})
