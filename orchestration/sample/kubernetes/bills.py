"""What the clusters cost, on the bills of the three clouds: nodes, control planes, disks, load balancers, traffic."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

from orchestration.sample.accounts import Account
from orchestration.sample.calendar import Month, Slot, at, day_slots
from orchestration.sample.company import Outcome, always, pooled
from orchestration.sample.kubernetes.world import HOUR, Cluster, quarters, steps
from orchestration.sample.lines import Addition, Event, Stream
from orchestration.sample.money import QUANTITY, as_decimal, money, plain
from orchestration.sample.providers.aws import EC2, AmazonBill
from orchestration.sample.providers.azure import MicrosoftBill
from orchestration.sample.providers.gcp import ZONE, GoogleBill

NODES_BY_HOUR, NODES_BY_DAY = "kubernetes-nodes-hourly", "kubernetes-nodes-daily"
CONTROL_PLANE, VOLUMES, BALANCERS, NETWORK, NAT = (
    "kubernetes-control-planes", "kubernetes-volumes", "kubernetes-load-balancers", "kubernetes-network",
    "kubernetes-nat",
)  # fmt: skip
_QUARTER = QUANTITY // 4


class ClusterBill(Addition):
    """A cluster's part of a bill.

    Attributes:
        costs: of each role, resource and beginning of an hour or day, in the billing currency; filled by ``events``.

    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.costs: dict[tuple[str, str, datetime], Decimal] = {}
        self._things: dict[int, tuple[str, str]] = {}

    @abstractmethod
    def _lines(self, month: Month) -> list[Event]:
        """Return the lines of a month."""

    def events(self, month: Month) -> list[Event]:
        """Return the lines of a month, and remember what they cost."""
        events = self._lines(month)
        costs: dict[tuple[str, str, datetime], Decimal] = defaultdict(Decimal)
        for event in events:
            role, resource_id = self._things[event.stream]
            if role:
                costs[(role, resource_id, event.slot.start)] += as_decimal(event.effective)
        self.costs.update(costs)
        return events

    def _remember(self, index: int, role: str, resource_id: str) -> int:
        self._things[index] = (role, resource_id)
        return index


class ElasticCluster(ClusterBill):
    """An EKS cluster: each node by the hour, the rest by the day."""

    def __init__(self, bill: AmazonBill, cluster: Cluster, account: Account) -> None:
        super().__init__(cluster)
        self._bill, self._account = bill, account
        self._tags = {"eks:cluster-name": cluster.name}
        self._nodes: dict[str, int] = {}
        for node in cluster.nodes:
            kind, operation = ("SpotUsage", "RunInstances:SV01") if node.is_spot else ("BoxUsage", "RunInstances")
            stream = self._stream(EC2, f"{kind}:{node.type.name}", "Compute Instance", "Hrs", node.type.rate, operation)
            if node.is_spot:
                stream.rate = stream.rate * 3 // 10
                stream.constants.update(
                    pricing_purchase_option="Spot", line_item_unblended_rate=plain(stream.rate),
                    line_item_blended_rate=plain(stream.rate),
                )  # fmt: skip
            stream.constants["product_instance_type"] = node.type.name
            stream.constants["product_instance_family"] = "GPU instance" if node.type.gpus else "General purpose"
            self._nodes[node.resource_id] = self._place(stream, "node", NODES_BY_HOUR, node.resource_id)
        fee = self._stream("AmazonEKS", "AmazonEKS-Hours:perCluster", "Compute", "Hours", "0.1", "CreateOperation")
        self._fee = self._place(fee, "control_plane", CONTROL_PLANE, cluster.resource_id)
        self._volumes = {
            volume.resource_id: self._place(
                self._stream(EC2, "EBS:VolumeUsage.gp3", "Storage", "GB-Mo", "0.0952", "CreateVolume-Gp3"),
                "volume", VOLUMES, volume.resource_id,
            )
            for volume in cluster.volumes
        }  # fmt: skip
        self._balancers = [
            self._place(
                self._stream("AWSELB", "LoadBalancerUsage", "Load Balancer-Network", "Hrs", "0.027",
                             "LoadBalancing:Network"),
                "load_balancer", BALANCERS, balancer.resource_id,
            )
            for balancer in cluster.balancers
        ]  # fmt: skip
        self._traffic: dict[tuple[str, str], int] = {}
        gateway = self._stream(EC2, "NatGateway-Bytes", "NAT Gateway", "GB", "0.052", "NatGateway")
        self._gateway = self._place(gateway, "nat", NAT, cluster.gateway)
        talking = {(item.node, item.traffic_class): None for item in cluster.traffic if item.traffic_class != "nat"}
        for node, traffic_class in talking:
            usage_type, price = _AMAZON_TRAFFIC[traffic_class]
            stream = self._stream("AWSDataTransfer", usage_type, "Data Transfer", "GB", price, "RunInstances")
            place = self._place(stream, "network", NETWORK, node.resource_id)
            self._traffic[(node.resource_id, traffic_class)] = place

    def _stream(self, product: str, usage_type: str, family: str, unit: str, price: str, operation: str) -> Stream:
        return self._bill.stream(product, f"EUC1-{usage_type}", family, unit, money(price), operation)

    def _place(self, stream: Stream, role: str, pool_id: str, resource_id: str) -> int:
        stream.kind = f"kubernetes_{role}"
        stream.ownership = pooled(pool_id, "ring_fence")
        self._bill.locate(stream, self._account, self._cluster.region, resource_id, self._tags)
        return self._remember(self._bill.add(stream), role, resource_id)

    def _lines(self, month: Month) -> list[Event]:
        events = []
        streams = self._bill.streams
        begins, ends = at(month.first), at(month.next.first)
        for node in self._cluster.nodes:
            index = self._nodes[node.resource_id]
            for hour in steps(max(node.start, begins), min(node.end, ends), HOUR):
                length = node.quarters(hour, hour + HOUR)
                amount = streams[index].rate * length // 4
                listed = streams[index].list_rate * length // 4
                slot = Slot(hour, hour + HOUR)
                events.append(Event(index, slot, amount, amount, amount, length * _QUARTER, listed))
        sent = _gigabytes(self._cluster)
        for slot in day_slots(month, self._bill.company.calendar.days(month)):
            day = slot.start.date()
            events.append(_priced(streams, self._fee, slot, 24 * QUANTITY))
            events += [
                _priced(streams, self._volumes[volume.resource_id], slot, volume.gib * QUANTITY // month.days)
                for volume in self._cluster.volumes
            ]
            events += [_priced(streams, index, slot, 24 * QUANTITY) for index in self._balancers]
            of_day = sent.get(day, {})
            events += [
                _priced(streams, self._traffic[key], slot, quantity)
                for key, quantity in of_day.items()
                if quantity and key in self._traffic
            ]
            translated = sum(quantity for (_, traffic_class), quantity in of_day.items() if traffic_class == "nat")
            events.append(_priced(streams, self._gateway, slot, translated))
        return events


class AzureCluster(ClusterBill):
    """An AKS cluster: a line per scale set and day, however many machines it had."""

    def __init__(self, bill: MicrosoftBill, cluster: Cluster, account: Account) -> None:
        super().__init__(cluster)
        self._bill, self._account = bill, account
        self._sets: dict[str, int] = {}
        for node in cluster.nodes:
            if node.resource_id not in self._sets:
                meter = node.type.name.replace("_", " ")
                stream = bill.stream("Virtual Machines", "Compute", "Virtual Machines", meter, "Hours",
                                     money(node.type.rate), "microsoft.compute/virtualmachinescalesets")  # fmt: skip
                self._sets[node.resource_id] = self._place(stream, "node", NODES_BY_DAY, node.resource_id)
        stream = bill.stream("Azure Kubernetes Service", "Compute", "Containers", "Standard Uptime SLA", "Hours",
                             money("0.092"), "microsoft.containerservice/managedclusters")  # fmt: skip
        self._fee = self._place(stream, "control_plane", CONTROL_PLANE, cluster.resource_id)
        self._volumes = {
            volume.resource_id: self._place(
                bill.stream("Storage", "Storage", "Block Storage", "E10 LRS Disk", "Months",
                            money("0.08") * volume.gib, "microsoft.compute/disks"),
                "volume", VOLUMES, volume.resource_id,
            )
            for volume in cluster.volumes
        }  # fmt: skip
        (balancer,) = cluster.balancers
        stream = bill.stream("Load Balancer", "Networking", "Application Networking",
                             "Standard Included LB Rules and Outbound Rules", "Hours", money("0.023"),
                             "microsoft.network/loadbalancers")  # fmt: skip
        self._balancer = self._place(stream, "", "", balancer.resource_id)
        # no meter tells who is behind it: the team that runs the subscription bears it
        stream.kind = "kubernetes_unmetered"
        stream.ownership = always(Outcome(bill.company.domain("CC-6010", "devportal", "prod"), None, "default"))

    def _place(self, stream: Stream, role: str, pool_id: str, resource_id: str) -> int:
        stream.kind = f"kubernetes_{role}"
        stream.ownership = pooled(pool_id, "ring_fence")
        name = resource_id.rsplit("/", 1)[-1]
        tags = {"aks-managed-cluster-name": self._cluster.name}
        self._bill.locate(stream, self._account, self._cluster.region, resource_id, name, tags)
        return self._remember(self._bill.add(stream), role, resource_id)

    def _lines(self, month: Month) -> list[Event]:
        events = []
        streams = self._bill.streams
        for slot in day_slots(month, self._bill.company.calendar.days(month)):
            hours: dict[int, int] = defaultdict(int)
            for node in self._cluster.nodes:
                hours[self._sets[node.resource_id]] += node.quarters(slot.start, slot.end) * _QUARTER
            hours[self._fee] = hours[self._balancer] = 24 * QUANTITY
            for volume in self._cluster.volumes:
                hours[self._volumes[volume.resource_id]] = QUANTITY // month.days
            for index, quantity in hours.items():
                event = _priced(streams, index, slot, quantity)
                event.extra["contracted"] = event.billed
                events.append(event)
        return events


class GoogleCluster(ClusterBill):
    """A GKE cluster: cores and memory of each instance apart, by Pacific days as Google bills."""

    def __init__(self, bill: GoogleBill, cluster: Cluster, account: Account) -> None:
        super().__init__(cluster)
        self._bill, self._account = bill, account
        compute = ("6F81-5844-456A", "Compute Engine")
        self._nodes: dict[str, tuple[int, int]] = {}
        for node in cluster.nodes:
            core = bill.stream(*compute, "N2 Instance Core running in Netherlands", "seconds", "hour", "0.0348")
            memory = bill.stream(
                *compute, "N2 Instance Ram running in Netherlands", "byte-seconds", "gibibyte hour", "0.0047"
            )
            self._nodes[node.name] = (
                self._place(core, "node", NODES_BY_DAY, node.resource_id),
                self._place(memory, "node", NODES_BY_DAY, node.resource_id),
            )
        fee = bill.stream("CCD8-9BF1-090E", "Kubernetes Engine", "Zonal Kubernetes Clusters", "seconds", "hour", "0.1")
        self._fee = self._place(fee, "control_plane", CONTROL_PLANE, cluster.resource_id)
        self._volumes = {
            volume.resource_id: self._place(
                bill.stream(*compute, "Balanced PD Capacity in Netherlands", "byte-seconds", "gibibyte month", "0.11"),
                "volume", VOLUMES, volume.resource_id,
            )
            for volume in cluster.volumes
        }  # fmt: skip
        (balancer,) = cluster.balancers
        rule = bill.stream("E505-1604-58F8", "Networking", "Network Load Balancing: Forwarding Rule Minimum Service "
                           "Charge in Netherlands", "seconds", "hour", "0.0275")  # fmt: skip
        self._balancer = self._place(rule, "load_balancer", BALANCERS, balancer.resource_id)

    def _place(self, stream: Stream, role: str, pool_id: str, resource_id: str) -> int:
        stream.kind = f"kubernetes_{role}"
        stream.ownership = pooled(pool_id, "ring_fence")
        name = resource_id.rsplit("/", 1)[-1]
        labels = {"goog-k8s-cluster-name": self._cluster.name}
        self._bill.locate(stream, self._account, self._cluster.region, resource_id, name, labels)
        return self._remember(self._bill.add(stream), role, resource_id)

    def _lines(self, month: Month) -> list[Event]:
        events = []
        streams = self._bill.streams
        for slot in day_slots(month, self._bill.company.calendar.days(month), ZONE):
            for node in self._cluster.nodes:
                length = node.quarters(slot.start, slot.end)
                if length:
                    core, memory = self._nodes[node.name]
                    events.append(_priced(streams, core, slot, node.type.cores * length * _QUARTER))
                    events.append(_priced(streams, memory, slot, node.type.memory * length * _QUARTER))
            whole = quarters(slot.start, slot.end) * _QUARTER
            events.append(_priced(streams, self._fee, slot, whole))
            events.append(_priced(streams, self._balancer, slot, whole))
            events += [
                _priced(streams, self._volumes[volume.resource_id], slot, volume.gib * QUANTITY // month.days)
                for volume in self._cluster.volumes
            ]
        return events


_AMAZON_TRAFFIC = {
    "internet": ("DataTransfer-Out-Bytes", "0.09"),
    "cross_zone": ("DataTransfer-Regional-Bytes", "0.01"),
}


def _gigabytes(cluster: Cluster) -> dict[date, dict[tuple[str, str], int]]:
    """Return what the nodes sent by day, node and class, in 10^-4 GB."""
    sent: dict[date, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for item in cluster.traffic:
        sent[item.day][(item.node.resource_id, item.traffic_class)] += item.mebibytes
    return {
        day: {key: mebibytes * QUANTITY // 1024 for key, mebibytes in of_day.items()} for day, of_day in sent.items()
    }


def _priced(streams: list[Stream], index: int, slot: Slot, quantity: int) -> Event:
    """Return a line that costs its quantity times its price."""
    product = streams[index].rate * quantity
    if product % QUANTITY:
        raise AssertionError("a price must be a whole number of 10^-6")
    amount = product // QUANTITY
    return Event(index, slot, amount, amount, amount, quantity, amount, {})
