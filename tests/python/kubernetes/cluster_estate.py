"""An estate of three clusters over two days, with amounts that can be divided in the head.

Amazon's cluster ``eks`` has a node that is replaced within an hour, a control plane, a volume that is given up, a load
balancer, a gateway and traffic; Azure's ``aks`` a scale set of two machines; Google's ``gke`` a node that nothing runs
on. Nodes have 4 cores and 16 GiB unless told otherwise, so that a node of weight 9 : 1 is worth 52 an hour. On the
second day, cluster ``prod`` shows a published table whose parts and whole differ, and ``split`` a published example.
"""

from __future__ import annotations

from pathlib import Path

from tests.python.allocation.boundary_estate import APPROVAL, DAY, END, NEXT_DAY, START, charge, tags, write_csv

SCALE_SET = "/subscriptions/s-1/resourceGroups/MC_aks/providers/Microsoft.Compute/virtualMachineScaleSets/aks-pool"
BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:111:loadbalancer/net/shared-lb/0abc"
AWS_ARN = "arn:aws:ec2:eu-central-1:111:"
PLANE = "arn:aws:eks:eu-central-1:111:cluster/eks"

CHARGES = [
    # the machine that is interrupted at half past ten, the one that takes its place, and an hour nobody measured
    charge("ec2", "26", f"{DAY}T10", ResourceId="i-0aa"),
    charge("ec2", "52", f"{DAY}T10", ResourceId="i-0bb"),
    charge("ec2", "104", f"{DAY}T11", ResourceId="i-0bb"),
    charge("ec2", "7", f"{DAY}T12", ResourceId="i-0bb"),
    charge("ec2", "-3", f"{DAY}T11", ResourceId="i-0bb", ChargeCategory="Credit"),
    charge("ec2-transfer", "9", DAY, ResourceId="i-0bb", ServiceCategory="Networking"),
    charge("eks", "2.4", DAY, ResourceId=PLANE),
    # held on the first day, given up before the second
    charge("ebs", "8", DAY, ResourceId=f"{AWS_ARN}volume/vol-0a1", ServiceCategory="Storage"),
    charge("ebs", "8", NEXT_DAY, ResourceId=f"{AWS_ARN}volume/vol-0a1", ServiceCategory="Storage"),
    charge("elb", "12", DAY, ResourceId=BALANCER, ServiceCategory="Networking"),
    charge("nat", "10", DAY, ResourceId="nat-1", ServiceCategory="Networking", Tags=tags(cluster="eks")),
    charge("vmss", "80", DAY, ResourceId=SCALE_SET),
    charge(
        "gce", "5", DAY, SubAccountId="proj", ResourceId="//compute.googleapis.com/projects/1/zones/z/instances/77",
        ResourceName="gke-node-1",
    ),
    *(charge("table", "28400", NEXT_DAY, ResourceId=machine) for machine in ("i-0c1", "i-0c2")),
    charge("example", "1", NEXT_DAY, ResourceId="i-0c3"),
]  # fmt: skip

HOUR = {"start": f"{DAY}T10:00:00Z", "end": f"{DAY}T11:00:00Z", "hours": "1"}
NEXT_HOUR = {"start": f"{DAY}T11:00:00Z", "end": f"{DAY}T12:00:00Z", "hours": "1"}
WHOLE_DAY = {"start": f"{DAY}T00:00:00Z", "end": f"{NEXT_DAY}T00:00:00Z", "hours": "24"}
OLD = {"record": "pod", "cluster": "eks", "node": "ip-1", "provider_id": "aws:///eu-central-1a/i-0aa",
       "node_cpu_capacity": "2", "node_memory_capacity": "8"}  # fmt: skip
NEW = {"record": "pod", "cluster": "eks", "node": "ip-1", "provider_id": "aws:///eu-central-1a/i-0bb",
       "node_cpu_capacity": "4", "node_memory_capacity": "16"}  # fmt: skip
SHOP = {"namespace": "shop", "workload_kind": "Deployment", "workload_name": "api", "pod": "api-1",
        "namespace_labels": tags(app="shop", env="prod")}  # fmt: skip
BANK = {"namespace": "bank", "workload_kind": "StatefulSet", "workload_name": "ledger", "pod": "ledger-0"}
SYSTEM = {"namespace": "kube-system", "workload_kind": "DaemonSet", "workload_name": "cni", "pod": "cni-1"}
STRAY = {"namespace": "stray", "workload_kind": "Job", "workload_name": "try", "pod": "try-1"}
AKS = {"record": "pod", "cluster": "aks", "node_cpu_capacity": "96", "node_memory_capacity": "384"}

NEXT_WHOLE_DAY = {"start": f"{NEXT_DAY}T00:00:00Z", "end": "2026-09-18T00:00:00Z", "hours": "24"}
TABLE = {"payments-api": "8920", "data-pipeline": "6440", "customer-portal": "4680", "ml-inference": "5320"}
EXAMPLE = {"ops": ("0.4", "4"), "bank": ("1.9", "6"), "shop": ("0.4", "2"), "stray": ("0.4", "2")}

USAGE: list[dict[str, str]] = [
    # half an hour: 26 of weight, of which the shop claims 13, the other half is idle
    {**HOUR, **OLD, **SHOP, "cpu_request": "1", "cpu_usage": "0.25", "memory_request": "4", "memory_usage": "1"},
    # an hour: the shop 13, the bank 13 by use beyond its request, the system 13, a quarter is idle
    {**HOUR, **NEW, **SHOP, "cpu_request": "1", "cpu_usage": "0.5", "memory_request": "4", "memory_usage": "2"},
    {**HOUR, **NEW, **BANK, "cpu_request": "0", "cpu_usage": "1", "memory_request": "0", "memory_usage": "4"},
    {**HOUR, **NEW, **SYSTEM, "cpu_request": "1", "memory_request": "4"},
    # the next hour: the bank and a namespace nobody owns, half each
    {**NEXT_HOUR, **NEW, **BANK, "cpu_request": "2", "cpu_usage": "1", "memory_request": "8", "memory_usage": "8"},
    {**NEXT_HOUR, **NEW, **STRAY, "cpu_request": "2", "cpu_usage": "2", "memory_request": "8", "memory_usage": "8"},
    *(
        {
            **WHOLE_DAY, **AKS, **owner, "node": f"aks-{number}", "cpu_request": "96", "memory_request": "384",
            "provider_id": f"azure://{SCALE_SET.lower()}/virtualMachines/{number}",
        }
        for number, owner in enumerate((SHOP, BANK))
    ),
    {
        **WHOLE_DAY, "record": "node", "cluster": "gke", "node": "gke-node-1", "provider_id": "gce://proj/z/gke-node-1",
        "node_cpu_capacity": "96", "node_memory_capacity": "384",
    },
    {
        **WHOLE_DAY, "record": "volume", "cluster": "eks", "namespace": "bank", "claim": "data", "volume": "pvc-1",
        "volume_handle": "vol-0a1", "held_hours": "6",
    },
    {
        **WHOLE_DAY, "record": "volume", "cluster": "eks", "namespace": "shop", "claim": "cache", "volume": "pvc-1",
        "volume_handle": "vol-0a1", "held_hours": "18",
    },
    *(
        {
            "start": WHOLE_DAY["start"], "end": WHOLE_DAY["end"], "record": "load_balancer", "cluster": "eks",
            "namespace": namespace, "service": "web", "load_balancer": "shared-lb-0abc.elb.eu-central-1.amazonaws.com",
            "hours": hours,
        }
        for namespace, hours in (("shop", "8"), ("bank", "4"))
    ),
    *(
        {
            "start": WHOLE_DAY["start"], "end": WHOLE_DAY["end"], "record": "network", "cluster": "eks", "node": "ip-1",
            "provider_id": "aws:///eu-central-1a/i-0bb", "namespace": namespace, "traffic_class": traffic_class,
            "bytes": amount,
        }
        for namespace, traffic_class, amount in (
            ("shop", "nat", "600"), ("bank", "nat", "200"), ("bank", "unclassified", "200"), ("shop", "zone", "5000"),
            ("shop", "internet", "200"),
        )
    ),
    # the table's four namespaces take 25,360 of a node of 28,400; with its gap in use, 28,400 of one of 25,360
    *(
        {
            **NEXT_WHOLE_DAY, "record": "pod", "cluster": "prod", "node": f"ip-{machine}",
            "provider_id": f"aws:///eu-central-1a/{machine}", "node_cpu_capacity": capacity, "namespace": namespace,
            "pod": f"{namespace}-0", "cpu_usage": amount,
        }
        for machine, capacity, gap in (("i-0c1", "28400", {}), ("i-0c2", "25360", {"shared-platform": "3040"}))
        for namespace, amount in (TABLE | gap).items()
    ),
    # for one hour of an m5.xlarge at a dollar; each of the pods requests a core, and one uses more
    *(
        {
            **NEXT_WHOLE_DAY, **NEW, "cluster": "split", "node": "ip-3", "provider_id": "aws:///eu-central-1a/i-0c3",
            "namespace": namespace, "pod": f"{namespace}-0", "cpu_request": "1", "cpu_usage": cores,
            "memory_request": gib,
            "namespace_labels": tags(app=namespace, env="prod"),
        }
        for namespace, (cores, gib) in EXAMPLE.items()
    ),
]  # fmt: skip

DOMAINS = (("shop", "shop", "prod"), ("bank", "bank", "prod"), ("platform", "platform", "general"))
DRIVERS = (
    *("node_compute", "idle_compute", "cluster_compute", "namespace_compute"),
    *("volume", "load_balancer", "nat_bytes", "node_network_bytes"),
)
BY_USAGE = {"method": "proportional", "driver_window": "charge_day"}
POOLS: list[dict[str, str]] = [
    {"pool_id": "nodes", **BY_USAGE, "driver_window": "charge_hour", "driver_id": "kubernetes_node_compute",
     "scope_by": "resource_id", "method_id": "CPU_UTIL_WEIGHTED"},
    {"pool_id": "other-nodes", **BY_USAGE, "driver_id": "kubernetes_node_compute", "scope_by": "resource_id",
     "method_id": "CPU_UTIL_WEIGHTED"},
    {"pool_id": "control-plane", **BY_USAGE, "driver_id": "kubernetes_namespace_compute", "scope_by": "cluster"},
    {"pool_id": "system", **BY_USAGE, "driver_id": "kubernetes_cluster_compute", "scope_by": "resource_id",
     "method_id": "PLATFORM_FLAT_FEE"},
    {"pool_id": "spare", **BY_USAGE, "driver_id": "kubernetes_idle_compute", "scope_by": "resource_id"},
    {"pool_id": "volumes", **BY_USAGE, "driver_id": "kubernetes_volume", "scope_by": "resource_id"},
    {"pool_id": "balancers", **BY_USAGE, "driver_id": "kubernetes_load_balancer", "scope_by": "resource_id"},
    {"pool_id": "gateways", **BY_USAGE, "driver_id": "kubernetes_nat_bytes", "scope_by": "cluster"},
    {"pool_id": "transfer", **BY_USAGE, "driver_id": "kubernetes_node_network_bytes", "scope_by": "resource_id"},
]  # fmt: skip
FEEDING = ("nodes", "other-nodes", "volumes", "balancers", "gateways", "transfer")
ROLES = {"node": "other-nodes", "control_plane": "control-plane", "volume": "volumes", "load_balancer": "balancers",
         "network": "transfer"}  # fmt: skip


def write_cluster_estate(folder: Path, usage: list[dict[str, str]] | None = None) -> Path:
    """Write the estate, with other usage where it is given; return its file."""
    for name in ("exports", "clusters", "policy"):
        (folder / name).mkdir(parents=True)
    write_csv(folder / "exports" / "charges.csv", CHARGES)
    write_csv(folder / "clusters" / "usage.csv", USAGE if usage is None else usage)
    forever = {"valid_from": START, "valid_to": END}
    policy: dict[str, list[dict[str, str]]] = {
        "cost_domains": [
            {"domain_id": name, "business_unit": "All", "cost_centre": name, "product": product,
             "environment": environment, "owner": "ann", "chargeback_mode": "showback", **forever}
            for name, product, environment in DOMAINS
        ],
        "tag_keys": [
            {"tag_key": key, "alias": alias, **forever}
            for key, alias in (("product", "app"), ("environment", "env"), ("cluster", "cluster"))
        ],
        "kubernetes_clusters": [
            {"cluster": "eks", "charge_base": "max", "idle_target": "platform", "volume_orphan_days": "1",
             "owner": "ann", "approved_by": "cfo", **forever},
            {"cluster": "split", "charge_base": "max", "idle_target": "spare", "owner": "ann", "approved_by": "cfo",
             **forever},
            {"cluster": "aks", "charge_base": "request", "owner": "ann", "approved_by": "cfo", **forever},
        ],
        "kubernetes_namespaces": [
            {"namespace": "bank", "domain_id": "bank", **APPROVAL, **forever},
            {"cluster": "split", "namespace": "ops", "domain_id": "platform", **APPROVAL, **forever},
            {"cluster": "eks", "namespace": "kube-system", "pool_id": "system", **APPROVAL, **forever},
        ],
        "ownership_rules": [
            {"rule_id": role, "rule_version": "1", "precedence": "10", "kind": "default", "kubernetes_role": role,
             "pool_id": pool, **APPROVAL, **forever}
            for role, pool in ROLES.items()
        ]
        + [
            {"rule_id": "by-the-hour", "rule_version": "1", "precedence": "5", "kind": "default", "service_name": "ec2",
             "kubernetes_role": "node", "pool_id": "nodes", **APPROVAL, **forever},
            {"rule_id": "nat", "rule_version": "1", "precedence": "20", "kind": "default", "service_name": "nat",
             "pool_id": "gateways", **APPROVAL, **forever},
        ],
        "pools": [
            {"method_id": "BY_USAGE", "pool_name": pool["pool_id"], "pool_version": "1", **APPROVAL, **forever, **pool}
            for pool in POOLS
        ],
        "pool_targets": [
            *({"pool_id": pool, "target_pool_id": "system", **forever} for pool in FEEDING),
            *({"pool_id": pool, "target_pool_id": "spare", **forever} for pool in FEEDING[:2]),
            # what serves everybody runs for the same tenants
            {"pool_id": "control-plane", "target_pool_id": "system", "excluded": "true", **forever},
            *({"pool_id": pool, **forever} for pool in FEEDING),
        ],
        "pool_resolution": [{"resolution": "reciprocal", **APPROVAL, **forever}],
        "drivers": [{"driver_id": f"kubernetes_{name}", "kind": "usage", **forever} for name in DRIVERS],
    }  # fmt: skip
    for table, rows in policy.items():
        write_csv(folder / "policy" / f"{table}.csv", rows)
    estate = folder / "estate.yml"
    estate.write_text(
        "reporting_currency: USD\nsources:\n  - {id: any, kind: focus, location: ./exports}\n"
        "  - {id: clusters, kind: kubernetes_usage, location: ./clusters}\npolicy: ./policy\n",
        encoding="utf-8",
    )
    return estate
