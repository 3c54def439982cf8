"""What the platform team runs for everybody: clusters, and gateways to models, on the bills of clouds and vendors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.sample.accounts import AWS, AZURE, GCP, Accounts, open_platform
from orchestration.sample.ai.bills import ApiModels, AzureModels, BedrockModels, ModelBill, VertexModels
from orchestration.sample.ai.feeds import GATEWAY_FEEDS, write_gateways, write_gpus
from orchestration.sample.ai.truth import ai_truth, budget_truth, write_budget_truth
from orchestration.sample.ai.truth import write_truth as write_ai_truth
from orchestration.sample.ai.world import Use, make_use
from orchestration.sample.chance import generator
from orchestration.sample.company import Company
from orchestration.sample.kubernetes import gpus
from orchestration.sample.kubernetes.bills import AzureCluster, ClusterBill, ElasticCluster, GoogleCluster
from orchestration.sample.kubernetes.feeds import CLUSTER_FEEDS, NODE_FEED, write_nodes, write_opencost, write_usage
from orchestration.sample.kubernetes.fleet import make_fleet
from orchestration.sample.kubernetes.measured import measured
from orchestration.sample.kubernetes.truth import kubernetes_truth
from orchestration.sample.kubernetes.truth import write_truth as write_kubernetes_truth
from orchestration.sample.kubernetes.world import Cluster
from orchestration.sample.providers.aws import AmazonBill
from orchestration.sample.providers.azure import MicrosoftBill
from orchestration.sample.providers.cost_api import CostApiBill
from orchestration.sample.providers.gcp import GoogleBill

FEEDS = (*CLUSTER_FEEDS, NODE_FEED, *GATEWAY_FEEDS)
"""Source, kind and folder of each feed, as the estate file names them."""
_DEFAULT_ROWS_A_MONTH = 10_000


@dataclass(frozen=True)
class Platform:
    """The clusters and models, and their parts of the bills, in the same order."""

    company: Company
    seed: int
    fleet: list[Cluster]
    clusters: tuple[ClusterBill, ...]
    use: Use
    models: tuple[ModelBill, ...]

    def write_feeds(self, folder: Path) -> None:
        """Write what the clusters' and gateways' meters say."""
        for cluster, (_, kind, place) in zip(self.fleet, CLUSTER_FEEDS, strict=True):
            if kind == "opencost":
                write_opencost(folder / place, cluster, measured(cluster))
                write_nodes(folder / NODE_FEED[2], cluster)
            else:
                write_usage(folder / place, cluster, measured(cluster), as_parquet=place == "kubernetes_daily")
        write_gateways(folder, self.use)
        write_gpus(folder, self._gpus())

    def write_truth(self, folder: Path) -> None:
        """Write who used it and who pays, once every line of the bills has been asked for."""
        rows: list[dict[str, object]] = []
        for cluster, bill in zip(self.fleet, self.clusters, strict=True):
            rows += kubernetes_truth(self.company, cluster, measured(cluster), bill)
        write_kubernetes_truth(folder / "kubernetes_costs.parquet", rows)
        gpus.write_truth(folder / "gpu_idle.parquet", gpus.idle_windows(self._gpus()))
        write_ai_truth(folder / "ai_costs.parquet", ai_truth(self.company, self.use, self.models))
        write_budget_truth(folder / "ai_budgets.parquet", budget_truth(self.use, self.company.calendar.months))

    def _gpus(self) -> list[gpus.GpuSample]:
        return list(gpus.gpu_samples(self.fleet[0], generator(self.seed, "gpus")))


def build_platform(
    company: Company,
    accounts: Accounts,
    seed: int,
    rows_a_month: float,
    clouds: tuple[AmazonBill, MicrosoftBill, GoogleBill],
    vendors: Sequence[CostApiBill],
) -> Platform:
    """Let the platform run, and put it on the bills.

    Args:
        company: the owners.
        accounts: where those of the platform are opened.
        seed: of the chance.
        rows_a_month: lines wanted from the clouds: larger estates have larger clusters and more calls.
        clouds: whose bills have a cluster and models each.
        vendors: whose bills have models.

    """
    open_platform(accounts, generator(seed, "platform"))
    hosts = [accounts.one(provider, "kubernetes") for provider in (AWS, AZURE, GCP)]
    places = [accounts.one(provider, "models") for provider in (AWS, AZURE, GCP)]
    size = max(2, round((rows_a_month / 1_100) ** 0.5))
    ids = (hosts[0].account_id, hosts[1].account_id, hosts[2].account_id)
    fleet = make_fleet(company.calendar, generator(seed, "kubernetes"), size, ids)
    use = make_use(company.calendar, seed, min(max(rows_a_month / _DEFAULT_ROWS_A_MONTH, 0.25), 4.0))
    amazon, microsoft, google = clouds
    clusters = (
        ElasticCluster(amazon, fleet[0], hosts[0]),
        AzureCluster(microsoft, fleet[1], hosts[1]),
        GoogleCluster(google, fleet[2], hosts[2]),
    )
    hosted = (
        BedrockModels(amazon, use, places[0]),
        AzureModels(microsoft, use, places[1]),
        VertexModels(google, use, places[2]),
    )
    sold = tuple(ApiModels(vendor, use) for vendor in vendors)
    amazon.additions += [clusters[0], hosted[0]]
    microsoft.additions += [clusters[1], hosted[1]]
    google.additions += [clusters[2], hosted[2]]
    for vendor, of_vendor in zip(vendors, sold, strict=True):
        vendor.additions.append(of_vendor)
    return Platform(company, seed, fleet, clusters, use, (*hosted, *sold))
