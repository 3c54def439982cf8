"""One module per supplier of bills: its streams, its lines of a month, and its files in their real layout."""

from orchestration.sample.providers.alibaba import AlibabaDetailBill, AlibabaFocusBill
from orchestration.sample.providers.anthropic import AnthropicBill
from orchestration.sample.providers.aws_focus import AmazonFocusBill
from orchestration.sample.providers.aws_legacy import ParcelBill
from orchestration.sample.providers.azure_ea import EnterpriseBill
from orchestration.sample.providers.databricks import DatabricksBill
from orchestration.sample.providers.gcp_focus import GoogleFocusBill
from orchestration.sample.providers.hosting import HostingBill
from orchestration.sample.providers.invoice_lines import SupportInvoices
from orchestration.sample.providers.oci import OracleCostBill, OracleFocusBill
from orchestration.sample.providers.on_premises import DataCentres
from orchestration.sample.providers.openai import OpenAIBill
from orchestration.sample.providers.saas import SaasContracts
from orchestration.sample.providers.small import SmallBill
from orchestration.sample.providers.snowflake import SnowflakeBill

SMALL_BILLS: tuple[type[SmallBill], ...] = (
    ParcelBill,
    AmazonFocusBill,
    EnterpriseBill,
    SupportInvoices,
    GoogleFocusBill,
    OracleCostBill,
    OracleFocusBill,
    AlibabaDetailBill,
    AlibabaFocusBill,
    HostingBill,
    SnowflakeBill,
    DatabricksBill,
    OpenAIBill,
    AnthropicBill,
    SaasContracts,
    DataCentres,
)
"""Every bill but those of the three big clouds, in the order of the estate file."""
