"""The files of `svcc compile -o DIR`, as one value: path → text.

    artifacts(graph, iptables_files(graph, rulesets), "iptables")  ->  {"iptables/rules.v4": "# Made by svcc …", …, "index.json": "{…}"}

`index.json` says what is here: the sha256 of each file, svcc's version, and how many frontends and backends each Service has.
There is no time stamp anywhere: the same input gives the same bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from svcc import __version__
from svcc.emit.frame import frame
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.emit.iptables.text import render
from svcc.emit.ipvs import settings as ipvs_settings
from svcc.emit.ipvs.lower import Ipvs
from svcc.emit.ipvs.operation import additions, as_json
from svcc.emit.ipvs.ruleset import INTERFACE
from svcc.emit.ipvs.text import render as render_servers
from svcc.emit.nftables.ruleset import NftTable
from svcc.emit.nftables.text import render as render_table
from svcc.graph.nodes import RuleGraph
from svcc.graph.settings import modules, settings
from svcc.net import Family

RULES = {Family.IPV4: "iptables/rules.v4", Family.IPV6: "iptables/rules.v6"}
TOOLS = {Family.IPV4: "iptables-restore", Family.IPV6: "ip6tables-restore"}
NFT = "nftables/svcc.nft"
SERVERS, COMPANION = "ipvs/services.ipvsadm", "ipvs/companion.nft"
NFT_MODULES = (
    "nf_conntrack",
    "nf_tables",
    "nft_chain_nat",
    "nft_ct",
    "nft_fib_ipv4",
    "nft_fib_ipv6",
    "nft_hash",
    "nft_masq",
    "nft_nat",
    "nft_numgen",
    "nft_reject",
)
SETTINGS, MODULES = "sysctl.d/90-svcc.conf", "modules-load.d/svcc.conf"
INDEX = "index.json"


def rules_text(graph: RuleGraph, ruleset: IptablesRuleset) -> str:
    """Return the restore script of one family, with its header."""
    return frame(
        "iptables.rules",
        version=__version__,
        services=_services(graph),
        family=ruleset.family.value,
        tool=TOOLS[ruleset.family],
        rules=render(ruleset),
    )


def iptables_files(graph: RuleGraph, rulesets: Mapping[Family, IptablesRuleset]) -> dict[str, str]:
    """Return the restore scripts by path."""
    return {RULES[family]: rules_text(graph, rulesets[family]) for family in Family}


def nftables_files(graph: RuleGraph, tables: Mapping[Family, NftTable]) -> dict[str, str]:
    """Return the script of both families by path, with the modules that it needs."""
    return {NFT: _tables_text(graph, tables), MODULES: _modules_text(NFT_MODULES)}


def ipvs_files(graph: RuleGraph, lowered: Ipvs, *, strict_arp: bool) -> dict[str, str]:
    """Return what IPVS needs by path: each file is what a stock tool reads."""
    state = lowered.state
    count = _services(graph)
    lengths = [f"{one}/{128 if ':' in one else 32}" for one in state.addresses]
    told = [as_json(one) for one in additions(state)]
    return {
        SERVERS: render_servers(state),
        COMPANION: _tables_text(graph, lowered.companions),
        "ipvs/operations.json": "[\n" + ",\n".join(f"  {json.dumps(one)}" for one in told) + "\n]\n",
        "ipvs/addresses": frame(
            "addresses", version=__version__, services=count, interface=INTERFACE, addresses=lengths
        ),
        SETTINGS: _settings_text({**settings(graph), **ipvs_settings.settings(graph, strict_arp=strict_arp)}),
        MODULES: _modules_text(ipvs_settings.modules(lowered)),
    }


def _tables_text(graph: RuleGraph, tables: Mapping[Family, NftTable]) -> str:
    texts = [(table.word, table.name, render_table(table)) for table in tables.values()]
    return frame("nftables.nft", version=__version__, services=_services(graph), tables=texts)


def _settings_text(needed: Mapping[str, str]) -> str:
    return frame("sysctl.conf", version=__version__, settings=sorted(needed.items()))


def _modules_text(used: Iterable[str]) -> str:
    return frame("modules.conf", version=__version__, modules=tuple(used))


def artifacts(graph: RuleGraph, rules: Mapping[str, str], mode: str) -> dict[str, str]:
    """Return every file of a compile, sorted by path; `rules` are those of the mode, and of names where there are any."""
    files = {SETTINGS: _settings_text(settings(graph)), MODULES: _modules_text(modules(graph)), **rules}
    files[INDEX] = _index(graph, files, mode)
    return dict(sorted(files.items()))


def _services(graph: RuleGraph) -> int:
    return len({one.service[:2] for one in graph.frontends})


def _index(graph: RuleGraph, files: Mapping[str, str], mode: str) -> str:
    services: dict[str, dict[str, int]] = {}
    backends: dict[str, set[tuple[str, int]]] = {}
    for frontend in graph.frontends:
        name = f"{frontend.service.namespace}/{frontend.service.service}"
        services.setdefault(name, {"frontends": 0, "backends": 0})["frontends"] += 1
    for pool in graph.pools:
        name = f"{pool.id.name.namespace}/{pool.id.name.service}"
        backends.setdefault(name, set()).update((one.address, one.port) for one in pool.backends)
    for name, held in backends.items():
        services[name]["backends"] = len(held)
    return _printed({"mode": mode, "artifacts": digests(files), "services": dict(sorted(services.items()))})


def node_index(files: Mapping[str, str], shared: Mapping[str, str]) -> str:
    """Return the index of a folder that holds one folder a node, and what all of them share; it names every file."""
    nodes = sorted({path.partition("/")[0] for path in files})
    return _printed({"nodes": nodes, "artifacts": digests({**files, **shared})})


def digests(files: Mapping[str, str]) -> dict[str, str]:
    """Return the sha256 of each file, by path."""
    return {path: hashlib.sha256(text.encode()).hexdigest() for path, text in sorted(files.items())}


def _printed(index: Mapping[str, object]) -> str:
    return json.dumps({"svcc": __version__, **index}, indent=2) + "\n"
