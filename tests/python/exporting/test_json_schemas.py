"""The JSON Schemas of the object columns tell right objects from wrong ones."""

from __future__ import annotations

import pytest

from tests.conformance import json_objects


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("Tags", '{"a":{"b":1}}'),
        ("Tags", '{"a":["b"]}'),
        ("Tags", '["a"]'),
        ("Tags", "a=b"),
        ("Tags", '{"a":1,"a":2}'),
        ("SkuPriceDetails", '{"CoreCount":"four"}'),
        ("SkuPriceDetails", '{"Colour":"red"}'),
        ("ContractApplied", '{"Elements":[{"ContractId":"c","ContractCommitmentId":"d"}]}'),
        (
            "ContractApplied",
            '{"Elements":[{"ContractId":"c","ContractCommitmentId":"d","AppliedCost":1,"AppliedQuantity":1,"AppliedUnit":"h"}]}',
        ),
        ("ContractApplied", '{"Elements":[{"ContractID":"c","ContractCommitmentID":"d","AppliedCost":1}]}'),
        ("AllocatedMethodDetails", '{"Elements":[{"AllocatedRatio":1.5}]}'),
        ("AllocatedMethodDetails", '{"Elements":[{"AllocatedRatio":0.5,"UsageQuantity":3}]}'),
        ("AllocatedMethodDetails", '{"Elements":[]}'),
        ("CommitmentProgramEligibilityDetails", '{"CommitmentPrograms":[{"Type":"x"}]}'),
        ("ContractCommitmentApplicability", "{}"),
        ("ContractCommitmentApplicability", '{"IsGlobalScope":true,"IsComplexScope":true}'),
        ("ContractCommitmentApplicability", '{"Inclusions":[{"Dimension":"RegionId","Operator":"Is"}]}'),
        ("InvoiceDetailGrain", '{"ChargeCategory":["Usage"]}'),
    ],
)
def test_a_wrong_object_is_found(column: str, text: str) -> None:
    assert json_objects.findings(column, [text])


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("Tags", '{"team":"shop","billable":true,"count":3,"none":null}'),
        ("SkuPriceDetails", '{"CoreCount":4,"InstanceType":"m5.large","x_Tenancy":"Shared"}'),
        ("ContractApplied", '{"Elements":[{"ContractId":"c","ContractCommitmentId":"d","AppliedCost":24.2}]}'),
        (
            "ContractApplied",
            '{"Elements":[{"ContractId":"c","ContractCommitmentId":"d","AppliedQuantity":1,"AppliedUnit":"Hours"}]}',
        ),
        ("AllocatedMethodDetails", '{"Elements":[{"AllocatedRatio":0.25,"UsageUnit":"GB","UsageQuantity":10}]}'),
        ("CommitmentProgramEligibilityDetails", '{"CommitmentPrograms":[{"ProgramType":"Savings Plan"}]}'),
        ("ContractCommitmentApplicability", '{"IsComplexScope":true}'),
        (
            "ContractCommitmentApplicability",
            '{"Inclusions":[{"Dimension":"RegionId","Operator":"In","Values":["eu-1"]}],"InclusionOperator":"And"}',
        ),
        ("InvoiceDetailGrain", '{"ChargeCategory":"Usage"}'),
    ],
)
def test_a_right_object_passes(column: str, text: str) -> None:
    assert json_objects.findings(column, [text]) == []
