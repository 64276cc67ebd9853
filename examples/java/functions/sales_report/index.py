"""Processes tasks of type `sales-report`: adds up sales. The return value becomes the result of the task."""

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    sales = event["detail"]["payload"]["sales"]
    return {"sales": len(sales), "cents": sum(sale["cents"] for sale in sales)}
