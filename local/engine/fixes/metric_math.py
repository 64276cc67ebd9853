"""Evaluates expressions of metric math.

A value is a number, a time series, which is a tuple with None for missing values, or a list of time series. See
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
import re


class Unsupported(Exception):
    """Says what of an alarm the local engine can't evaluate."""


def evaluate(expression, series_of, ids, length):
    """Returns the value of an expression.

    `series_of` returns the time series of an ID, and `ids` are those that METRICS() returns. All time series have this length.
    """
    try:
        tree = ast.parse(_in_python(expression), mode="eval")
        return _Evaluation(series_of, ids, length).value(tree.body)
    except (TypeError, ValueError) as error:
        raise Unsupported(f"expression {expression!r}: wrong arguments") from error
    except (SyntaxError, RecursionError, Unsupported) as error:
        raise Unsupported(f"expression {expression!r}: {error}") from error


def _in_python(expression):
    expression = expression.replace("&&", " and ").replace("||", " or ")
    return f"({re.sub(r'(?<![A-Za-z0-9_])(AND|OR)(?![A-Za-z0-9_])', lambda match: match[1].lower(), expression)})"


def _divided(one, other):
    # The documentation: the data point is dropped.
    return one / other if other else None


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divided,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.And: lambda one, other: bool(one and other),
    ast.Or: lambda one, other: bool(one or other),
}


class _Evaluation:
    def __init__(self, series_of, ids, length):
        self._series_of = series_of
        self._ids = ids
        self._length = length
        self._functions = {
            "AVG": lambda values: _aggregate(values, _average),
            "FILL": self._fill,
            "IF": self._if,
            "MAX": lambda values: _aggregate(values, lambda column: max(_present(column), default=None)),
            "METRICS": self._metrics,
            "MIN": lambda values: _aggregate(values, lambda column: min(_present(column), default=None)),
            "SUM": lambda values: _aggregate(values, lambda column: sum(_present(column)) if _present(column) else None),
        }

    def value(self, node):
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Constant(value=str() as text):
                return text
            case ast.Name(id="REPEAT"):
                return "REPEAT"
            case ast.Name(id=name):
                return self._series_of(name)
            case ast.List(elts=elements):
                return [series for element in elements for series in self._as_list(self.value(element))]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _combine(operator.mul, -1.0, self.value(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return _combine(OPERATORS[type(op)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
                return _combine(OPERATORS[type(op)], self.value(left), self.value(right))
            case ast.BoolOp(op=op, values=[first, *others]):
                result = self.value(first)
                for other in others:
                    result = _combine(OPERATORS[type(op)], result, self.value(other))
                return result
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in self._functions:
                return self._functions[name](*[self.value(argument) for argument in arguments])
        raise Unsupported(f"unknown: {ast.unparse(node)}")

    def _as_list(self, value):
        return value if isinstance(value, list) else [self._as_series(value)]

    def _as_series(self, value):
        return value if isinstance(value, tuple) else (value,) * self._length

    def _metrics(self, part=""):
        return [self._series_of(name) for name in self._ids if part in name]

    def _fill(self, values, filler):
        if isinstance(values, list):
            return [self._fill(series, filler) for series in values]
        if filler != "REPEAT":
            return tuple(other if value is None else value for value, other in zip(values, self._as_series(filler), strict=True))
        filled = []
        for value in values:
            filled.append(filled[-1] if value is None and filled else value)
        return tuple(filled)

    def _if(self, condition, when_true, when_false=None):
        # The documentation: a missing value counts as 0 if it is the one for a condition that is true, and is dropped otherwise.
        if not isinstance(condition, tuple):
            return self._as_series(when_true if condition else when_false)
        rows = zip(condition, self._as_series(when_true), self._as_series(when_false), strict=True)
        return tuple(None if holds is None else (yes or 0.0) if holds else no for holds, yes, no in rows)


def _combine(operate, one, other):
    if isinstance(one, list) or isinstance(other, list):
        count = len(one if isinstance(one, list) else other)
        ones, others = (each if isinstance(each, list) else [each] * count for each in (one, other))
        return [_combine(operate, *pair) for pair in zip(ones, others, strict=True)]
    if not isinstance(one, tuple) and not isinstance(other, tuple):
        return _operate(operate, one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        # The documentation: a value that is missing in one of them counts as 0.
        pairs = zip(one, other, strict=True)
        return tuple(None if a is None and b is None else _operate(operate, a or 0.0, b or 0.0) for a, b in pairs)
    if isinstance(one, tuple):
        return tuple(_operate(operate, value, other) for value in one)
    return tuple(_operate(operate, one, value) for value in other)


def _operate(operate, one, other):
    if one is None or other is None:
        return None
    result = operate(one, other)
    return None if result is None else float(result)


def _aggregate(values, reduce):
    """Reduces a time series to a number, and several of them to one time series."""
    return tuple(map(reduce, zip(*values, strict=True))) if isinstance(values, list) else reduce(values)


def _present(values):
    return [value for value in values if value is not None]


def _average(values):
    # The documentation: missing values count as 0.
    return sum(_present(values)) / len(values) if _present(values) else None
