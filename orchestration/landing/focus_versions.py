"""Which FOCUS version a file is written in, told from its columns."""

from __future__ import annotations

from collections.abc import Collection

from orchestration.errors import DeliveryRefused

SUCCESSORS = {
    "Provider": "ProviderName",
    "Publisher": "PublisherName",
    "InvoiceIssuer": "InvoiceIssuerName",
    "Region": "RegionId",
    "UsageQuantity": "ConsumedQuantity",
    "UsageUnit": "ConsumedUnit",
}
"""1.0-preview names and what 1.0 calls them."""

OLDEST = ("ChargeType", "AmortizedCost", "ChargeSubcategory")
"""Names of 0.5 and 1.0-preview without a successor of the same meaning."""

REMOVED_IN_1_4 = ("ProviderName", "PublisherName")

MIXED_DIALECTS = ("oci_",)
"""Prefixes of custom columns by which a provider is known that writes columns of several versions in one file."""

INTRODUCED = {
    "1.4": ("CommitmentProgramEligibilityDetails", "InvoiceDetailId"),
    "1.3": (
        "AllocatedMethodDetails",
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName",
        "AllocatedTags",
        "ContractApplied",
        "HostProviderName",
        "ServiceProviderName",
    ),
    "1.2": (
        "BillingAccountType",
        "InvoiceId",
        "PricingCurrency",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice",
        "SubAccountType",
    ),
    "1.1": (
        "CapacityReservationId",
        "CapacityReservationStatus",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountUnit",
        "ServiceSubcategory",
        "SkuMeter",
        "SkuPriceDetails",
    ),
}
"""Columns by the version that introduced them, newest first; every other FOCUS column is of 1.0."""

_IN_EVERY_VERSION_OF_MICROSOFT = ("BillingAccountType", "SubAccountType")
"""Columns that Microsoft's exports have had since 1.0-preview: they tell no version."""


def detect_version(columns: Collection[str], file: str) -> str:
    """Return the lowest FOCUS version that knows all the FOCUS columns of a file.

    Args:
        columns: the file's column names, trimmed.
        file: its name, for the message.

    Returns:
        ``1.0-preview``, ``1.0``, ``1.1``, ``1.2``, ``1.3`` or ``1.4``.

    Raises:
        DeliveryRefused: the file mixes columns that no single version has together.
    """
    names = {column.lower() for column in columns}
    if any(name.startswith(MIXED_DIALECTS) for name in names):
        return "1.0-preview" if any(old.lower() in names for old in SUCCESSORS) else "1.0"
    for old, new in SUCCESSORS.items():
        if old.lower() in names and new.lower() in names:
            raise _two_versions(file, f"{old} (1.0-preview) beside {new} (1.0 and later)")
    telling = names - {name.lower() for name in _IN_EVERY_VERSION_OF_MICROSOFT}
    has = {version for version, introduced in INTRODUCED.items() if any(name.lower() in telling for name in introduced)}
    removed = [name for name in REMOVED_IN_1_4 if name.lower() in names]
    if "1.4" in has and removed:
        newest = next(name for name in INTRODUCED["1.4"] if name.lower() in names)
        raise _two_versions(file, f"{removed[0]} (removed in 1.4) beside {newest} (new in 1.4)")
    preview = [old for old in SUCCESSORS if old.lower() in names]
    if preview and has:
        raise _two_versions(file, f"{preview[0]} (1.0-preview) beside columns of {max(has)}")
    if preview:
        return "1.0-preview"
    if "serviceprovidername" in names and not removed:
        return "1.4"
    return max(has, default="1.0")


def columns_of_other_versions(version: str) -> frozenset[str]:
    """Return the columns that ``version`` does not have, or has no longer: their absence is no drift."""
    later = {name for introduced_in, names in INTRODUCED.items() if introduced_in > version for name in names}
    if version == "1.0-preview":
        later |= set(SUCCESSORS.values())
    else:
        later |= {*SUCCESSORS, *OLDEST}
    if version == "1.4":
        later |= set(REMOVED_IN_1_4)
    return frozenset(later)


def _two_versions(file: str, found: str) -> DeliveryRefused:
    return DeliveryRefused(
        file,
        found=f"columns of two FOCUS versions: {found}",
        expected="the columns of one FOCUS version, and custom columns that start with x_",
        cure="Export the file again in one version, or split what was appended to it into files of their own.",
    )
