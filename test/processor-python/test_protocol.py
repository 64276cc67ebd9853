"""The protocol is that of the TaskManager."""

import re
from pathlib import Path

import pytest
from cdk_task_manager_processor import _protocol

SOURCES = Path(__file__).parents[2] / "src" / "protocol"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("limits.ts", "MAX_RESULT_BYTES"),
        ("limits.ts", "MAX_ERROR_CODE"),
        ("limits.ts", "MAX_ERROR_MESSAGE"),
        ("limits.ts", "MAX_PROGRESS_MESSAGE"),
        ("limits.ts", "MAX_HEARTBEAT_SECONDS"),
        ("json.ts", "MAX_DEPTH"),
    ],
)
def test_has_the_limits_of_the_task_manager(file: str, name: str) -> None:
    [product] = re.findall(rf"^(?:export )?const {name} = ([\d *]+);", (SOURCES / file).read_text(), re.MULTILINE)
    value = 1
    for factor in product.split("*"):
        value *= int(factor)
    assert getattr(_protocol, name) == value
