import json

from ministack.services import stepfunctions
from ministack.services.cloudformation import provisioners

MAX_NAME_CHARACTERS = 80
ALL_ERRORS = "States.ALL"
TERMINAL = ("Succeed", "Fail")

EVERYWHERE = "Type Comment QueryLanguage"
TIME_OUTS = "TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath"
MAP = (
    "ItemProcessor Iterator ItemsPath Items ItemSelector ItemReader ItemBatcher ResultWriter MaxConcurrency MaxConcurrencyPath Label "
    "ToleratedFailurePercentage ToleratedFailurePercentagePath ToleratedFailureCount ToleratedFailureCountPath"
)
FIELDS = {
    "Pass": "Next End Assign Output Result InputPath OutputPath ResultPath Parameters",
    "Task": f"Next End Assign Output Arguments Resource Credentials Retry Catch {TIME_OUTS} "
    "InputPath OutputPath ResultPath ResultSelector Parameters",
    "Parallel": "Next End Assign Output Arguments Branches Retry Catch InputPath OutputPath ResultPath ResultSelector Parameters",
    "Map": f"Next End Assign Output Retry Catch {MAP} InputPath OutputPath ResultPath ResultSelector Parameters",
    "Choice": "Choices Default Assign Output InputPath OutputPath",
    "Wait": "Next End Assign Output Seconds SecondsPath Timestamp TimestampPath InputPath OutputPath",
    "Succeed": "Output InputPath OutputPath",
    "Fail": "Error ErrorPath Cause CausePath",
}
JSONATA_ONLY = {"Output", "Arguments", "Items"}
JSONPATH_ONLY = {"Result", "ResultSelector", "Parameters", "Iterator"}
CATCHER = {"ErrorEquals", "Next", "Comment", "Assign", "Output", "ResultPath"}
RETRIER = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"}


def refuse_invalid_definitions():
    """Refuses the definition of a state machine that AWS refuses: fields, transitions, names, wildcards and JSONata.

    AWS: a definition must have valid JSONata, and the fields of each type of state
    (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html). All states must be reachable and lead to states that
    exist. Names of states have up to 80 characters. States.ALL must be alone in its ErrorEquals, in the last retrier or catcher
    (…/concepts-error-handling.html). MiniStack accepts all definitions from CloudFormation.

    Not restored: checks of the values of fields, and of the arguments of tasks.
    """
    check_jsonata, definition_of = stepfunctions._validate_definition_jsonata, provisioners._sfn_definition

    def check(text):
        # An update without a definition leaves it as it is.
        return None if text is None else _problem(text) or check_jsonata(text)

    def checked_definition(props):
        text = definition_of(props)
        problem = check(text)
        if problem:
            raise provisioners._sfn_handler_error(f"Invalid State Machine Definition: '{problem}'")
        return text

    stepfunctions._validate_definition_jsonata, provisioners._sfn_definition = check, checked_definition


class _Invalid(Exception):
    pass


def _problem(text):
    try:
        definition = json.loads(text)
        _check_machine(definition, definition.get("QueryLanguage", "JSONPath"), "")
    except _Invalid as problem:
        return str(problem)
    except ValueError as problem:
        return f"INVALID_JSON_DESCRIPTION: {problem}"
    return None


def _check_machine(machine, language, path):
    states, start = machine.get("States", {}), machine.get("StartAt")
    reached = {start}
    for name, state in states.items():
        at = f"{path}/States/{name}"
        _require(len(name) <= MAX_NAME_CHARACTERS, f"State names have up to {MAX_NAME_CHARACTERS} characters", at)
        _check_state(state, state.get("QueryLanguage", language), at)
        reached.update(_targets(state))
        for branch in [*state.get("Branches", []), *(state[name] for name in ("ItemProcessor", "Iterator") if name in state)]:
            _check_machine(branch, language, at)
    _require(reached <= states.keys(), f"MISSING_TRANSITION_TARGET: {sorted(map(str, reached - states.keys()))}", f"{path}/States")
    _require(states.keys() <= reached, f"States are not reachable: {sorted(states.keys() - reached)}", f"{path}/States")


def _check_state(state, language, at):
    kind = state.get("Type")
    _require(kind in FIELDS, f"There is no Type {kind}", at)
    known = {*EVERYWHERE.split(), *FIELDS[kind].split()}
    known -= {name for name in known if name.endswith("Path") or name in JSONPATH_ONLY} if language == "JSONata" else JSONATA_ONLY
    _require(state.keys() <= known, f"Fields are not supported by {language}: {sorted(state.keys() - known)}", at)
    if kind not in (*TERMINAL, "Choice"):
        _require(("Next" in state) != (state.get("End") is True), "A state has either Next or End", at)
    for rule in state.get("Choices", []):
        _require("Next" in rule, "A rule has Next", at)
    for name, fields in (("Retry", RETRIER), ("Catch", CATCHER)):
        _check_handlers(state.get(name, []), fields, f"{at}/{name}")


def _check_handlers(handlers, fields, at):
    for handler in handlers:
        errors = handler.get("ErrorEquals")
        _require(errors and handler.keys() <= fields, f"Fields are not supported: {sorted(handler.keys() - fields)}", at)
        alone_and_last = errors == [ALL_ERRORS] and handler is handlers[-1]
        _require(ALL_ERRORS not in errors or alone_and_last, f"{ALL_ERRORS} must be alone, and in the last", at)


def _targets(state):
    nexts = [state.get("Next"), state.get("Default"), *(each["Next"] for name in ("Choices", "Catch") for each in state.get(name, []))]
    return {target for target in nexts if target is not None}


def _require(condition, problem, at):
    if not condition:
        raise _Invalid(f"SCHEMA_VALIDATION_FAILED: {problem} at {at}")
