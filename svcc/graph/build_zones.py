"""Build the zones of a cluster: what DNS answers about Services, by the specification 1.1.0 and as CoreDNS does.

    Service shop/cart, 10.96.0.10, port http 80         cart.shop.svc.cluster.local.                     A    10.96.0.10
      10.128.7.31 ready                            ->   10-128-7-31.cart.shop.svc.cluster.local.         A    10.128.7.31
                                                        _http._tcp.cart.shop.svc.cluster.local.          SRV  0 100 80 cart.shop.svc.…
    Service shop/db, headless, port pg 5432             db.shop.svc.cluster.local.                       A    10.128.7.21
      10.128.7.21 ready, hostname db-0             ->   db-0.db.shop.svc.cluster.local.                  A    10.128.7.21
                                                        _pg._tcp.db.shop.svc.cluster.local.              SRV  0 100 5432 db-0.db.shop.svc.…
    Service shop/mail, ExternalName smtp.example.com -> mail.shop.svc.cluster.local.                     CNAME  smtp.example.com.

A headless Service with nobody ready has no name at all. The weights of SRV records at one owner are equal and add up to 100 or
little less, never below 1. Unnamed ports have no SRV record, but with `serviceSRV` the name of the Service itself answers SRV
for every port, as CoreDNS does. Reverse zones are made in `reverse`.
"""

from collections.abc import Iterable, Iterator, Sequence

from svcc.config import DnsOptions, NodeConfig
from svcc.graph.names import NameRecord, RecordType, Zone, canonical, on_the_wire
from svcc.graph.reverse import Pointer, reverse_zones
from svcc.model.pod import Pod
from svcc.model.service import ObjectName, Service, ServiceType
from svcc.net import LOOPBACK, Address, Family, by_family, dashed, family_of
from svcc.resolve.published import Member, Published

SCHEMA, SCHEMA_TTL = "1.1.0", 28800
DNS_SERVICE = ObjectName("kube-system", "kube-dns")
"""By the convention of Kubernetes the Service of the name server itself, whatever that is."""
_ALL = 100
_ADDRESS = {Family.IPV4: RecordType.A, Family.IPV6: RecordType.AAAA}
_new = tuple.__new__
"""Makes a named tuple in half of the time that its own constructor takes."""


def build_zones(published: Sequence[Published], pods: Iterable[Pod], config: NodeConfig) -> tuple[Zone, ...]:
    """Return the forward zone, then the reverse zones by name."""
    origin = f"{config.cluster_domain}."
    options = config.dns
    server, mailbox = f"ns.dns.{origin}", f"hostmaster.{origin}"
    records = [*_apex(published, origin, options)]
    if options.pods:
        records += _pods(published, pods, origin, options.ttl)
    owners: dict[Address, str] = {}
    pointers: list[Pointer] = []
    for one in published:
        builder = _Builder(one, origin, options)
        records += builder.records()
        owners.update(dict.fromkeys(one.service.cluster_ips, builder.name))
        pointers += builder.pointers()
    # The name of a cluster IP is the name of its Service, whoever else may answer there.
    pointers = [one for one in pointers if one.address not in owners]
    pointers += [Pointer(address, name) for address, name in owners.items()]
    forward = Zone(origin, options.ttl, server, mailbox, tuple(records))
    return (forward, *reverse_zones(pointers, forward, config))


def _apex(published: Iterable[Published], origin: str, options: DnsOptions) -> Iterator[NameRecord]:
    """Yield what every zone begins with: its name server, where that is, and the version of the schema."""
    given = options.addresses or next(
        (one.service.cluster_ips for one in published if one.service.name == DNS_SERVICE), ()
    )
    # A server that nobody named is where it was asked; a zone is none without an address for it.
    addresses = given or (Address(str(LOOPBACK[Family.IPV4].network_address + 1)),)
    yield NameRecord(origin, RecordType.NS, f"ns.dns.{origin}", options.ttl)
    yield from _addresses(f"ns.dns.{origin}", addresses, options.ttl)
    yield NameRecord(f"dns-version.{origin}", RecordType.TXT, f'"{SCHEMA}"', SCHEMA_TTL)


def _pods(published: Iterable[Published], pods: Iterable[Pod], origin: str, ttl: int) -> Iterator[NameRecord]:
    """Yield a name for every address of a pod that is known: of Pods, and of endpoints in the namespace of their Service."""
    known = {(one.name.namespace, address) for one in pods for address in one.addresses}
    known.update((one.service.name.namespace, member.address) for one in published for member in one.members)
    for namespace, label, address in sorted((namespace, dashed(address), address) for namespace, address in known):
        yield NameRecord(f"{label}.{namespace}.pod.{origin}", _ADDRESS[family_of(address)], address, ttl)


def _addresses(owner: str, addresses: Iterable[Address], ttl: int) -> Iterator[NameRecord]:
    for address in sorted(set(addresses), key=by_family):
        yield NameRecord(owner, _ADDRESS[family_of(address)], address, ttl)


class _Builder:
    """The records of one Service."""

    def __init__(self, published: Published, origin: str, options: DnsOptions) -> None:
        self.service: Service = published.service
        self.members: tuple[Member, ...] = published.members
        self.name = f"{self.service.name.name}.{self.service.name.namespace}.svc.{origin}"
        self.ttl = options.ttl
        self.at_service = options.service_srv
        self.named = self.members if self.service.headless or options.endpoints else ()
        """Those with a name of their own."""

    def records(self) -> list[NameRecord]:
        """Return the records of the Service and of its endpoints, in canonical order."""
        if self.service.type is ServiceType.EXTERNAL_NAME:
            target = self.service.external_name
            return [NameRecord(self.name, RecordType.CNAME, f"{target}.", self.ttl)] if target else []
        addresses = [one.address for one in self.members] if self.service.headless else self.service.cluster_ips
        below = [*self._endpoints(), *self._ports()]
        below.sort(key=lambda one: canonical(one.owner))
        at_service = self._targets(self.name, self._at_service()) if self.at_service else ()
        return [*_addresses(self.name, addresses, self.ttl), *at_service, *below]

    def pointers(self) -> Iterator[Pointer]:
        """Yield the way back from each endpoint's address to its name."""
        return (Pointer(one.address, f"{one.label}.{self.name}") for one in self.named)

    def _endpoints(self) -> Iterator[NameRecord]:
        name, ttl = self.name, self.ttl
        for one in self.named:
            kind = RecordType.AAAA if ":" in one.address else RecordType.A
            yield _new(NameRecord, (f"{one.label}.{name}", kind, one.address, ttl))

    def _ports(self) -> Iterator[NameRecord]:
        targets: dict[str, set[tuple[int, str]]] = {}
        for name, protocol, port, target in self._ways():
            if name:
                targets.setdefault(f"_{name}._{protocol}.{self.name}", set()).add((port, target))
        for owner, found in targets.items():
            yield from self._targets(owner, found)

    def _at_service(self) -> set[tuple[int, str]]:
        return {(port, target) for _, _, port, target in self._ways()}

    def _ways(self) -> Iterator[tuple[str, str, int, str]]:
        """Yield each way to the Service: port name, protocol, number, and the name that is connected to."""
        if not self.service.headless:
            yield from ((one.name, one.protocol.word, one.port, self.name) for one in self.service.ports)
            return
        for member in self.members:
            target = f"{member.label}.{self.name}"
            for one in member.ports:
                if one.port is not None:
                    yield one.name, one.protocol.word, one.port, target

    def _targets(self, owner: str, found: Iterable[tuple[int, str]]) -> Iterator[NameRecord]:
        ways = sorted(found, key=lambda way: (way[0], on_the_wire(way[1])))
        weight = max(1, _ALL // len(ways)) if ways else 0
        for port, target in ways:
            yield NameRecord(owner, RecordType.SRV, f"0 {weight} {port} {target}", self.ttl)
