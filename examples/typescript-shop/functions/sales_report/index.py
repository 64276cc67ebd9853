"""Adds up sales: processes tasks of type `sales-report`. What it returns becomes the task's result."""

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    sales = event["detail"]["payload"]["sales"]
    return {"sales": len(sales), "cents": sum(sale["cents"] for sale in sales)}
