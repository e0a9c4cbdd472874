"""`make demo`: the shop, compiled, applied to a node of throw-away network namespaces, and called for real.

    ok  shop/web  198.51.100.10:80/TCP  outside  kept  198.18.0.9 (kept)  10.128.7.21 ×12 (1/2), 10.128.7.22 ×9 (1/2)

Nothing of the host is touched: the node, its pods and its clients are namespaces of their own, removed at the end. Every
Service is called at each of its addresses, from outside, from a pod and from the node; what answered is held against what
`svcc trace` predicted. All of it twice: with iptables, and, after a change of the mode, with nftables. Exit status 1 if anything
differs. Needs root, iproute2, iptables and nftables.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from math import ceil, log
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.lab.namespaces import NODE, WORLD, Lab, LabError, Layout  # noqa: E402 - the path comes first
from tests.lab.requests import Answer, Request, Result, Silence, ask_all  # noqa: E402
from tests.lab.servers import Listen, Servers  # noqa: E402

SHOP = Path("examples/shop")
SVCC = str(Path(sys.executable).with_name("svcc"))
SECONDS = 120
MISS = 1e-9
"""The probability that chance alone hides a backend of one row."""
TABLE = ("Service", "address", "from", "predicted", "client address seen", "answered ×times (predicted share)")
PATIENCE = 3.0
QUIET = 0.5

CLIENTS = {
    # The probe's kind, the namespace, and an address of each family.
    "outside": ("external", "shopper", "198.18.0.9", "2001:db8:f::9"),
    "the bank": ("external", "bank", "203.0.113.7", None),
    "a pod": ("pod", "pod", "10.128.7.200", "fd00:10:128:7::200"),
    "the node": ("node", NODE, "172.20.5.11", "fd00:20::11"),
}


class Call(NamedTuple):
    """One row of the table: a client and an address of a Service."""

    service: str
    client: str
    kind: str
    request: Request

    def probe(self) -> dict[str, Any]:
        """Return it as `svcc trace --probes` takes it."""
        asked = self.request
        where = {"kind": self.kind, "ip": asked.source}
        return {"from": where, "to": asked.to, "port": asked.port, "protocol": asked.protocol}

    def target(self) -> str:
        """Return the address in the usual notation."""
        to = f"[{self.request.to}]" if ":" in self.request.to else self.request.to
        return f"{to}:{self.request.port}/{self.request.protocol}"


def main() -> int:
    """Build, check, plan, apply, call, compare, and clean up whatever happens."""
    if os.geteuid() != 0:
        print("demo: making network namespaces needs root; run `sudo make demo`", file=sys.stderr)
        return 1
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda number, _: sys.exit(128 + number))
    os.chdir(ROOT)
    node = yaml.safe_load((SHOP / "svcc.yaml").read_text(encoding="utf-8"))
    try:
        with tempfile.TemporaryDirectory(prefix="svcc-demo-") as folder:
            return shown(manifests(), node, Path(folder))
    except (LabError, subprocess.SubprocessError) as problem:
        print(f"demo: {problem}", file=sys.stderr)
        return 1


def shown(objects: list[dict[str, Any]], node: dict[str, Any], folder: Path) -> int:
    """Run the demo in a lab of its own; return the exit status."""
    environment = {**os.environ, "SVCC_RUN_DIR": str(folder / "run"), "SVCC_STATE_DIR": str(folder / "state")}
    calls = list(every_call(objects, node))
    step(1, f"a node, its clients and {len(endpoints(objects))} endpoints, in network namespaces of their own")
    with Lab(layout(objects, node)) as lab, Servers(lab, listeners(objects, calls)):
        print(f"   namespaces {lab.prefix}*, removed at the end; the host's own rules are not touched")
        here = ("--netns", lab.netns(NODE))
        step(2, "are the manifests right?")
        svcc(environment, "check", str(SHOP))
        step(3, "what would change on the node?")
        svcc(environment, "plan", str(SHOP), *here)
        step(4, "change it")
        svcc(environment, "apply", str(SHOP), *here, last=2)
        step(5, f"where should the packets of {len(calls)} calls go?")
        probes = folder / "probes.yaml"
        probes.write_text(yaml.safe_dump([one.probe() for one in calls]), encoding="utf-8")
        traced = svcc(environment, "trace", str(SHOP), "--probes", str(probes), "--format", "json", last=0)
        predicted = json.loads(traced)
        step(6, "make the calls, and note who answers and which client address it sees")
        with_iptables = answers(lab, calls, predicted)
        print(f"   {sum(map(len, with_iptables))} requests made")
        step(7, "let nftables carry the packets instead, and make the same calls")
        svcc(environment, "apply", str(SHOP), "--mode", "nftables", *here, last=2)
        with_nftables = answers(lab, calls, predicted)
        print(f"   {sum(map(len, with_nftables))} requests made")
        step(8, "remove everything of svcc from the node again")
        svcc(environment, "clean", *here, last=1)
    step(9, "what was predicted, and what happened both times")
    wrong = table(calls, predicted, list(zip(with_iptables, with_nftables, strict=True)))
    print("   (Services that speak only SCTP are not called: kernels without the sctp module have no sockets for it.)")
    print(f"\n{len(calls) - wrong} of {len(calls)} rows are as predicted")
    return 1 if wrong else 0


def step(number: int, what: str) -> None:
    """Say what comes next."""
    print(f"\n== {number}. {what}", flush=True)


def svcc(environment: dict[str, str], *words: str, last: int | None = None) -> str:
    """Run svcc, show the command and the `last` lines it prints (or all), and return its standard output."""
    print(f"   $ svcc {shlex.join(words)}", flush=True)
    done = subprocess.run((SVCC, *words), env=environment, text=True, capture_output=True, check=False, timeout=SECONDS)
    lines = (done.stderr + done.stdout).splitlines()
    for line in lines if last is None or done.returncode else lines[len(lines) - min(last, len(lines)) :]:
        print(f"   {line}", flush=True)
    if done.returncode != 0:
        raise subprocess.SubprocessError(f"svcc {words[0]} ended with exit status {done.returncode}")
    return done.stdout


def manifests() -> list[dict[str, Any]]:
    """Return every object of the shop, filled in as the API server would hold it."""
    argv = [SVCC, "defaults", str(SHOP), "-o", "json", "--locked"]
    held: list[dict[str, Any]] = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)["items"]
    return held


def endpoints(objects: list[dict[str, Any]]) -> set[str]:
    """Return the addresses behind the Services, ready or not."""
    held = {
        address
        for one in objects
        if one["kind"] == "EndpointSlice" and one["addressType"] != "FQDN"
        for endpoint in one["endpoints"]
        for address in endpoint["addresses"]
    }
    for one in objects:
        if one["kind"] == "Endpoints":
            for subset in one["subsets"]:
                found = (*subset.get("addresses", ()), *subset.get("notReadyAddresses", ()))
                held.update(address["ip"] for address in found)
    return held


def pods(objects: list[dict[str, Any]]) -> dict[str, str]:
    """Return the namespace of each endpoint address."""
    return {address: f"e{number}" for number, address in enumerate(sorted(endpoints(objects)))}


def own_pod(objects: list[dict[str, Any]], service: dict[str, Any], family: str) -> str | None:
    """Return a ready endpoint of a Service on this node, to call its own Service."""
    for one in objects:
        named = one["metadata"].get("labels", {}).get("kubernetes.io/service-name")
        if one["kind"] != "EndpointSlice" or named != service["metadata"]["name"] or one["addressType"] != family:
            continue
        for endpoint in one["endpoints"]:
            if endpoint.get("nodeName") == "worker-1" and endpoint.get("conditions", {}).get("ready", True):
                return str(endpoint["addresses"][0])
    return None


def layout(objects: list[dict[str, Any]], node: dict[str, Any]) -> Layout:
    """Return who holds which address: a namespace for each endpoint address, and one for each client."""
    hosts: dict[str, tuple[str, ...]] = {name: (address,) for address, name in pods(objects).items()}
    for _, namespace, *addresses in CLIENTS.values():
        if namespace != NODE:
            hosts[namespace] = tuple(one for one in addresses if one)
    return Layout(tuple(node["nodeIPs"]), hosts)


def listeners(objects: list[dict[str, Any]], calls: list[Call]) -> set[Listen]:
    """Return the servers: every endpoint address listens on every port that any of them has."""
    groups = [one for one in objects if one["kind"] == "EndpointSlice"]
    groups += [subset for one in objects if one["kind"] == "Endpoints" for subset in one["subsets"]]
    ports = {port["port"] for one in groups for port in one["ports"]}
    beyond = {Listen(WORLD, one.request.port) for one in calls}
    return {Listen(name, port) for name in pods(objects).values() for port in ports} | beyond


def every_call(objects: list[dict[str, Any]], node: dict[str, Any]) -> Iterator[Call]:
    """Yield each address of each Service port with each client that has an address of the family."""
    for one in objects:
        if one["kind"] != "Service" or one["spec"].get("clusterIP") in (None, "None"):
            continue
        service = f"{one['metadata']['namespace']}/{one['metadata']['name']}"
        for to, port, protocol in service_addresses(one, node):
            # Kernels without the sctp module have no sockets for it.
            if protocol == "SCTP":
                continue
            for client, kind, namespace, source in clients(objects, one, to):
                yield Call(service, client, kind, Request(namespace, source, to, port, protocol))


def clients(objects: list[dict[str, Any]], service: dict[str, Any], to: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield who calls one address of a Service: name, kind, namespace and address."""
    for client, (kind, namespace, four, six) in CLIENTS.items():
        source = six if ":" in to else four
        if source is not None and (client != "the bank" or "loadBalancerSourceRanges" in service["spec"]):
            yield client, kind, namespace, source
    if to in (service["spec"]["clusterIP"], *service["spec"].get("clusterIPs", ())):
        own = own_pod(objects, service, "IPv6" if ":" in to else "IPv4")
        if own is not None:
            yield "its own pod", "pod", pods(objects)[own], own


def service_addresses(service: dict[str, Any], node: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Yield every address, port and protocol at which a Service can be called."""
    spec = service["spec"]
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    balancers = [one["ip"] for one in ingress if one.get("ipMode", "VIP") == "VIP" and "ip" in one]
    cluster = spec.get("clusterIPs") or [spec["clusterIP"]]
    wanted = [spec["loadBalancerIP"]] if "loadBalancerIP" in spec and not ingress else []
    families = {":" in one for one in cluster}
    for port in spec["ports"]:
        protocol = port.get("protocol", "TCP")
        for address in (*cluster, *spec.get("externalIPs", ()), *balancers, *wanted):
            yield address, port["port"], protocol
        if "nodePort" in port:
            for address in node["nodeIPs"]:
                if (":" in address) in families:
                    yield address, port["nodePort"], protocol


def answers(lab: Lab, calls: list[Call], predicted: list[dict[str, Any]]) -> list[list[Result]]:
    """Make every call often enough that each backend shows; return the answers of each."""
    asked = [
        (row, call.request)
        for row, (call, expected) in enumerate(zip(calls, predicted, strict=True))
        for _ in range(repeats(expected))
    ]
    heard: list[list[Result]] = [[] for _ in calls]
    quiet = [one for one in asked if predicted[one[0]]["verdict"] == "drop"]
    loud = [one for one in asked if predicted[one[0]]["verdict"] != "drop"]
    for group, patience in ((loud, PATIENCE), (quiet, QUIET)):
        for (row, _), result in zip(group, ask_all(lab, [one for _, one in group], patience), strict=True):
            heard[row].append(result)
    return heard


def repeats(expected: dict[str, Any]) -> int:
    """How often to call: until a backend that should answer has been seen but for an accident of probability MISS."""
    if len(expected["backends"]) <= 1:
        return 3
    above, below = min(
        (one["probability"].split("/") for one in expected["backends"]), key=lambda one: int(one[0]) / int(one[1])
    )
    return ceil(log(MISS) / log(1 - int(above) / int(below)))


def table(calls: list[Call], predicted: list[dict[str, Any]], heard: list[tuple[list[Result], ...]]) -> int:
    """Print a row a call, with all its answers; return how many are not as predicted each time."""
    rows = [("", *TABLE)]
    wrong = 0
    for call, expected, times in zip(calls, predicted, heard, strict=True):
        good = all(as_predicted(call, expected, results) for results in times)
        results = [one for results in times for one in results]
        wrong += not good
        happened = (seen(call, results), counted(expected, results))
        verdict = "ok" if good else "NOT AS PREDICTED"
        rows.append((verdict, call.service, call.target(), call.client, said(expected), *happened))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("   " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return wrong


def as_predicted(call: Call, expected: dict[str, Any], results: list[Result]) -> bool:
    """Tell whether what happened is what `svcc trace` said."""
    verdict = expected["verdict"]
    if verdict in ("reject", "drop"):
        return set(results) == {Silence.REFUSED if verdict == "reject" else Silence.DROPPED}
    if verdict == "accept":
        return set(results) == {Answer(call.request.to, call.request.port, call.request.source)}
    rewritten = {(one["address"], one["port"]): one["masquerade"] for one in expected["backends"]}
    met = {(one.address, one.port) if isinstance(one, Answer) else one for one in results}
    # With affinity one client meets one backend; without, it meets all of them.
    if not met <= set(rewritten) or (len(met) != 1 if expected["affinity"] else met != set(rewritten)):
        return False
    node = {address for address in CLIENTS["the node"][2:] if address}
    return all(
        one.client in (node if rewritten[one.address, one.port] else {call.request.source})
        for one in results
        if isinstance(one, Answer)
    )


def counted(expected: dict[str, Any], results: list[Result]) -> str:
    """Return which backends answered, how often, and the share that was predicted for each."""
    shares = {one["address"]: f" ({one['probability']})" for one in expected["backends"]}
    names = Counter(one.address if isinstance(one, Answer) else one.value for one in results)
    return ", ".join(f"{name} ×{times}{shares.get(name, '')}" for name, times in sorted(names.items()))


def seen(call: Call, results: list[Result]) -> str:
    """Return the client addresses that the backends saw, and what that means."""
    met = sorted({one.client for one in results if isinstance(one, Answer)})
    if call.client == "the node":
        return ", ".join(f"{one} (the node's)" for one in met)
    return ", ".join(f"{one} ({'kept' if one == call.request.source else 'masqueraded'})" for one in met)


def said(expected: dict[str, Any]) -> str:
    """Return the prediction in a word or two."""
    if expected["verdict"] != "dnat":
        return {"reject": "refused", "drop": "dropped", "accept": "left alone"}[expected["verdict"]]
    rewritten = sorted({"masqueraded" if one["masquerade"] else "kept" for one in expected["backends"]})
    return " or ".join(rewritten) + (", sticky" if expected["affinity"] else "")


if __name__ == "__main__":
    sys.exit(main())
