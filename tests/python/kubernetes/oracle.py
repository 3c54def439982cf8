"""What a node's pods are charged for, worked out by hand: fractions, one interval at a time, no SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

RESOURCES = ("cpu", "memory", "gpu")
PLAIN = {"cpu": Fraction(9), "memory": Fraction(1), "gpu": Fraction(0)}
ACCELERATED = {"cpu": Fraction(9, 10), "memory": Fraction(1, 10), "gpu": Fraction(9)}
IDLE = "__idle__"

Row = Mapping[str, object]
Node = tuple[date, int | None, str, str]
"""Day, hour, node and provider id."""


def _number(value: object) -> Fraction | None:
    return None if value is None else Fraction(Decimal(str(value)))


def _claim(row: Row, resource: str, base: str) -> Fraction:
    request, usage = _number(row.get(f"{resource}_request")), _number(row.get(f"{resource}_usage"))
    if base == "request":
        return request or Fraction(0)
    if base == "usage":
        return usage if usage is not None else request or Fraction(0)
    return max((value for value in (request, usage) if value is not None), default=Fraction(0))


def nodes_of(rows: Iterable[Row]) -> dict[Node, list[Row]]:
    """Return the rows of each node and interval: a machine that is replaced within an hour is two nodes."""
    found: dict[Node, list[Row]] = {}
    for row in rows:
        key = (row["usage_date"], row["usage_hour"], row["node"], row["provider_id"])
        found.setdefault(key, []).append(row)  # type: ignore[arg-type]
    return found


def charged(
    rows: Iterable[Row], base: str, weights: Mapping[str, Fraction] | None
) -> tuple[dict[tuple[Node, str], Fraction], dict[tuple[Node, str], Fraction]]:
    """Return what each namespace and idle is charged for of each node, and its part of what is idle."""
    of_node: dict[tuple[Node, str], Fraction] = {}
    of_idle: dict[tuple[Node, str], Fraction] = {}
    for node, of_interval in nodes_of(rows).items():
        pods = [row for row in of_interval if row.get("namespace") is not None]
        capacity = {
            resource: max(
                (
                    number
                    for row in of_interval
                    if (number := _number(row.get(f"node_{resource}_capacity"))) is not None
                ),
                default=sum((_claim(row, resource, base) for row in pods), Fraction(0)),
            )
            for resource in RESOURCES
        }
        chosen = weights or (ACCELERATED if capacity["gpu"] > 0 else PLAIN)
        for resource in RESOURCES:
            claims = [(str(row["namespace"]), _claim(row, resource, base)) for row in pods]
            total = sum((claim for _, claim in claims), Fraction(0))
            idle = max(capacity[resource] - total, Fraction(0)) * chosen[resource]
            for namespace, claim in claims:
                whole = max(capacity[resource], total)
                part = claim / whole * capacity[resource] * chosen[resource] if whole else Fraction(0)
                of_node[node, namespace] = of_node.get((node, namespace), Fraction(0)) + part
                rest = idle * claim / total if total else Fraction(0)
                of_idle[node, namespace] = of_idle.get((node, namespace), Fraction(0)) + rest
            of_node[node, IDLE] = of_node.get((node, IDLE), Fraction(0)) + idle
            of_idle[node, IDLE] = of_idle.get((node, IDLE), Fraction(0)) + (Fraction(0) if total else idle)
    return of_node, of_idle
