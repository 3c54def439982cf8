"""When GPUs idle, what it costs, and that nothing idles twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.python.gpu.machines import Machines, charge, hour, identity, rule

NOON = datetime(2026, 10, 5, 12)
HOUR = timedelta(hours=1)


def test_hours_in_a_row_below_the_limit_are_a_window_and_cost_their_hours(machines: Machines) -> None:
    busy = [hour(NOON, "0.5"), hour(NOON + 4 * HOUR, "0.05")]
    idle = [hour(NOON + number * HOUR, "0.04") for number in (1, 2, 3)]
    charges = [charge(NOON + number * HOUR, "2.00") for number in range(5)]

    (window,) = machines.idle(busy + idle, charges).windows

    assert (window["window_start"], window["window_end"]) == (NOON + HOUR, NOON + 4 * HOUR)
    assert (window["hours"], window["gpus"], window["gpu_hours"]) == (3, 1, 3)
    assert (window["effective_cost"], window["billed_cost"], window["billing_currency"]) == (6, 6, "USD")
    assert (window["domain_id"], window["is_billed"]) == ("ml-prod", True)


def test_an_hour_without_telemetry_is_unknown_and_ends_a_window(machines: Machines) -> None:
    telemetry = [hour(NOON), hour(NOON + HOUR), hour(NOON + 3 * HOUR), hour(NOON + 4 * HOUR, None)]

    (window,) = machines.idle(telemetry, [charge(NOON, "24", hours=24)]).windows

    assert (window["window_start"], window["hours"]) == (NOON, 2)
    assert window["effective_cost"] == 2


def test_a_window_is_as_long_as_the_policy_wants_and_rules_go_by_precedence(machines: Machines) -> None:
    telemetry = [hour(NOON, "0.2"), hour(NOON + HOUR, "0.2")]

    def windows(*rules: dict[str, object]) -> list[object]:
        return [row["rule_id"] for row in machines.idle(telemetry, rules=list(rules)).windows]

    loose = rule(rule_id="loose", precedence=1, utilisation_below=Decimal("0.5"))
    assert windows() == []
    assert windows(rule()) == []
    assert windows(rule(), loose) == ["loose"]
    assert windows(rule(), {**loose, "minimum_hours": 3}) == []
    assert windows(rule(), {**loose, "resource_regex": "^i-0b"}) == []
    assert windows(rule(), {**loose, "cluster": "ml"}) == []
    assert windows({**loose, "requests_below": Decimal(1)}) == ["loose"]


def test_requests_show_use_that_utilisation_does_not(machines: Machines) -> None:
    served = [hour(NOON + number * HOUR, requests=Decimal(number)) for number in range(3)]
    by_requests = rule(requests_below=Decimal(1), minimum_hours=1)

    assert [row["hours"] for row in machines.idle(served).windows] == [3]
    assert [row["hours"] for row in machines.idle(served, rules=[by_requests]).windows] == [1]
    only_requests = [hour(NOON, None, requests=Decimal(0))]
    assert [row["hours"] for row in machines.idle(only_requests, rules=[by_requests]).windows] == [1]


def test_a_window_over_the_end_of_a_month_is_in_both_and_counts_from_its_beginning(machines: Machines) -> None:
    begin = datetime(2026, 10, 31, 22)
    telemetry = [hour(begin + number * HOUR) for number in range(5)]
    charges = [charge(begin, "2", hours=2), charge(begin + 2 * HOUR, "3", hours=3)]

    windows = machines.idle(telemetry, charges, periods=("2026-10", "2026-11")).windows

    assert [(row["billing_period"], row["hours"], row["window_hours"], row["is_continued"]) for row in windows] == [
        ("2026-10", 2, 2, False),
        ("2026-11", 3, 5, True),
    ]
    assert [row["window_start"] for row in windows] == [begin, begin]
    assert [row["window_end"] for row in windows] == [begin + 2 * HOUR, begin + 5 * HOUR]
    assert [row["effective_cost"] for row in windows] == [2, 3]
    # what came before makes a window long enough, what comes after does not: a month is not judged anew
    long = machines.idle(telemetry, charges, rules=[rule(minimum_hours=4)], periods=("2026-10", "2026-11")).windows
    assert [row["billing_period"] for row in long] == ["2026-11"]
    assert machines.idle(telemetry, charges, periods=("2026-11",)).windows == windows[1:]


def test_gpus_that_idle_together_share_a_window_and_a_slice_idles_alone(machines: Machines) -> None:
    telemetry = [
        hour(NOON + number * HOUR, gpu=gpu, gpus_of_resource=Decimal(8)) for number in range(2) for gpu in ("a", "b")
    ]
    (window,) = machines.idle(telemetry, [charge(NOON, "48.00", hours=24)]).windows
    assert (window["gpus"], window["gpu_names"], window["hours"], window["gpu_hours"]) == (2, "a, b", 2, 4)
    assert window["effective_cost"] == 1

    part = Decimal("0.142857142857")
    sliced = [
        hour(NOON + number * HOUR, use, mig_profile="1g.10gb", mig_instance=name, gpus=part)
        for number in range(2)
        for name, use in (("7", "0"), ("8", "0.9"))
    ]
    (window,) = machines.idle(
        [{**row, "gpus_of_resource": Decimal(1)} for row in sliced], [charge(NOON, "7", hours=2)]
    ).windows
    assert (window["gpus"], window["gpu_names"]) == (part, "gpu-1 1g.10gb/7")
    assert abs(window["effective_cost"] - 1) < Decimal("1e-9")


def test_a_machine_that_is_taken_away_idles_until_then(machines: Machines) -> None:
    telemetry = [hour(NOON), hour(NOON + HOUR, hours=Decimal("0.25"))]
    spot = charge(NOON + HOUR, "0.50", ConsumedQuantity=Decimal("0.25"), ConsumedUnit="Hours")

    (window,) = machines.idle(telemetry, [charge(NOON, "2"), spot], rules=[rule(minimum_hours=1)]).windows

    assert (window["hours"], window["effective_cost"]) == (Decimal("1.25"), Decimal("2.5"))


def test_telemetry_without_a_bill_is_shown_without_cost(machines: Machines) -> None:
    telemetry = [hour(NOON + number * HOUR, resource="i-0ffff") for number in range(2)]

    outcome = machines.idle(telemetry, [charge(NOON, "2")])

    (window,) = outcome.windows
    assert (window["resource"], window["is_billed"], window["effective_cost"]) == ("i-0ffff", False, None)
    assert outcome.audits == []


def test_machines_are_found_by_what_kubernetes_calls_them(machines: Machines) -> None:
    identities = [
        identity(1, "arn:aws:ec2:eu-central-1:111111111111:instance/i-0abc"),
        identity(2, "/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/gpu-vm"),
        identity(3, "7718849312345", match_name="gke-gpu-1", sub_account_id="acme-ml"),
    ]
    names = [
        "aws:///eu-central-1a/i-0abc",
        "azure:///subscriptions/S/resourcegroups/r/providers/Microsoft.Compute/virtualMachines/gpu-vm",
        "gce://acme-ml/europe-west3-a/gke-gpu-1",
    ]
    telemetry = [hour(NOON + number * HOUR, resource=name, gpu=name) for name in names for number in range(2)]
    charges = [charge(NOON, str(number), hours=2, x_identity_id=number) for number in (1, 2, 3)]

    windows = machines.idle(telemetry, charges, identities=identities).windows

    assert {row["resource"]: row["effective_cost"] for row in windows} == dict(zip(names, (1, 2, 3), strict=True))


def test_a_window_above_the_limit_of_alerts_is_marked(machines: Machines) -> None:
    telemetry = [hour(NOON), hour(NOON + HOUR)]
    charges = [charge(NOON, "10", hours=2)]

    for limit, is_above in ((None, False), (Decimal(10), False), (Decimal("9.99"), True)):
        (window,) = machines.idle(telemetry, charges, rules=[rule(alert_above=limit)]).windows
        assert window["is_above_alert"] is is_above


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    use=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 2), st.sampled_from(["0", "0.01", "0.9"])), min_size=1, max_size=40
    ),
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    costs=st.lists(st.decimals("-50", "5000", places=12), min_size=4, max_size=4),
    gpus=st.sampled_from([None, 3, 8]),
)
def test_never_more_idles_than_was_charged(
    machines: Machines, use: list[tuple[int, int, str]], lengths: list[int], costs: list[Decimal], gpus: int | None
) -> None:
    """Charges of any length overlap at will, some below 0; hours are missing, GPUs come and go."""
    telemetry = [
        hour(NOON + at * HOUR, share, gpu=f"gpu-{gpu}", gpus_of_resource=None if gpus is None else Decimal(gpus))
        for (at, gpu), share in {(at, gpu): share for at, gpu, share in use}.items()
    ]
    charges = [
        charge(NOON + start * 5 * HOUR, str(cost), hours=length)
        for start, (length, cost) in enumerate(zip(lengths, costs, strict=False))
    ]

    outcome = machines.idle(telemetry, charges, rules=[rule(minimum_hours=1)])

    assert all(row["is_within"] for row in outcome.audits), outcome.audits
    idle = sum(share != "0.9" for share in {(at, gpu): share for at, gpu, share in use}.values())
    windows = {(row["window_start"], row["gpu_names"]): row["gpu_hours"] for row in outcome.windows}
    assert sum(windows.values()) == idle
