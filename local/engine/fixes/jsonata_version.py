import json

from jsonata.tokenizer import Tokenizer
from jsonata.utils import Utils
from ministack.services import stepfunctions

NEWER_OPERATORS = ("??", "?:")


def evaluate_jsonata_as_aws_does():
    """Refuses what is newer than JSONata 2.0.6 in expressions, and lets `$parse` return null.

    AWS: Step Functions has JSONata 2.0.6, without `$eval` (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html).
    The operators `??` and `?:` came with 2.1. MiniStack has `$eval` and both operators. Its `$parse('null')` has no result.

    AWS also refuses a definition with `$eval`. Here the state fails with States.QueryEvaluationError.
    """
    create, register = Tokenizer.create, stepfunctions._register_sfn_jsonata_functions

    def create_known_token(tokenizer, kind, value):
        if kind == "operator" and value in NEWER_OPERATORS:
            raise ValueError(f"JSONata 2.0.6 has no operator {value}")
        return create(tokenizer, kind, value)

    def register_known_functions(expression):
        register(expression)
        expression.register_lambda("parse", _parse)
        expression.register_lambda("eval", _refuse_eval)

    Tokenizer.create, stepfunctions._register_sfn_jsonata_functions = create_known_token, register_known_functions


def _parse(text):
    value = json.loads(text)
    return Utils.NULL_VALUE if value is None else value


def _refuse_eval(*_):
    raise ValueError("Step Functions has no function $eval")
