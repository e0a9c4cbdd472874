"""Who may import whom: the rules of the house, walked over the source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "svcc").rglob("*.py"))

LEAVES = ("svcc.diag", "svcc.net", "svcc.codes", "svcc.guess")
VALUES = tuple(f"svcc.model.{name}" for name in ("service", "endpoints", "pod", "node", "manifests", "fields"))
NAMES = ("svcc.graph.build_zones", "svcc.graph.build_env", "svcc.graph.reverse")
BOUNDS = tuple(f"svcc.emit.{target}.bounds" for target in ("iptables", "nftables", "ipvs"))
SHARED = ("svcc.emit.names", "svcc.emit.frame", "svcc.emit.only_ipvs")
FAKE_NFT = tuple(
    f"svcc.kernel.fake_nft{part}" for part in ("", "_script", "_types", "_table", "_elements", "_change", "_hooks")
)
# Room → the rooms of svcc it may import, besides itself. The longest matching prefix of a module decides its room.
ALLOWED = {
    "svcc": (),
    "svcc.codes": (),
    "svcc.diag": ("svcc.codes",),
    "svcc.guess": (),
    "svcc.net": (),
    "svcc.atomic": (),
    "svcc.config": ("svcc.net", "svcc.diag"),
    "svcc.source": LEAVES,
    # Decoders and their rules; the values that they make know nothing of text.
    "svcc.model": (*LEAVES, "svcc.config", "svcc.source"),
    **dict.fromkeys(VALUES, (*LEAVES, "svcc.config", *VALUES)),
    "svcc.check": (*LEAVES, "svcc.config", "svcc.model"),
    "svcc.derive": (*LEAVES, "svcc.config", "svcc.model"),
    "svcc.allocate": (*LEAVES, "svcc.config", *VALUES),
    "svcc.allocate.decode_lock": (*LEAVES, "svcc.allocate", "svcc.model", "svcc.source"),
    "svcc.allocate.decode_serials": (*LEAVES, "svcc.allocate", "svcc.model", "svcc.source"),
    "svcc.resolve": (*LEAVES, "svcc.config", "svcc.model"),
    "svcc.graph": LEAVES,
    # A Cluster carries the configuration and the Services it was made from, so what reads a Cluster knows them.
    "svcc.graph.build": (*LEAVES, "svcc.graph", "svcc.resolve", "svcc.config", "svcc.model"),
    **dict.fromkeys(NAMES, (*LEAVES, "svcc.graph", "svcc.resolve", "svcc.config", "svcc.model")),
    # The companion of IPVS is of the nftables family, and takes node ports on localhost for IPVS.
    "svcc.emit.ipvs": (*LEAVES, "svcc.graph.nodes", "svcc.graph.packet", "svcc.graph.walk", "svcc.graph.traits", "svcc.emit.nftables"),
    "svcc.emit": (*LEAVES, "svcc.graph.nodes", "svcc.graph.packet", "svcc.graph.traits"),
    "svcc.plan.ipvs": (*LEAVES, "svcc.plan", "svcc.emit.ipvs.ruleset", "svcc.emit.ipvs.operation"),
    "svcc.emit.dns": (*LEAVES, "svcc.graph.names", "svcc.emit.frame"),
    "svcc.emit.env": (*LEAVES, "svcc.graph.names"),
    "svcc.plan": (*LEAVES, "svcc.emit.iptables.ruleset", "svcc.emit.iptables.text"),
    "svcc.plan.nftables": (*LEAVES, "svcc.plan", "svcc.emit.nftables.ruleset", "svcc.emit.nftables.text"),
    "svcc.plan.nft_services": (
        *LEAVES,
        "svcc.plan",
        "svcc.emit.nftables.ids",
        "svcc.emit.nftables.policy",
        "svcc.emit.nftables.ruleset",
    ),
    # Flows are judged by where frontends stand and which addresses carry node ports, whatever the target.
    "svcc.plan.conntrack": (*LEAVES, "svcc.plan", "svcc.graph.nodes", "svcc.graph.walk"),
    "svcc.kernel": (*LEAVES, "svcc.atomic", "svcc.plan", "svcc.emit.iptables.ruleset", "svcc.emit.iptables.text"),
    **dict.fromkeys(
        ("svcc.kernel.ipvs", "svcc.kernel.ipvs_tools", "svcc.kernel.ipvs_wire", "svcc.kernel.dummy", "svcc.kernel.links", "svcc.kernel.record", "svcc.kernel.fake_ipvs",
         "svcc.kernel.kube_proxy"),
        (*LEAVES, "svcc.kernel", "svcc.plan", "svcc.emit.ipvs.ruleset", "svcc.emit.ipvs.operation"),
    ),
    "svcc.kernel.nftables": (*LEAVES, "svcc.kernel", "svcc.plan", "svcc.emit.nftables.ruleset", "svcc.emit.nftables.text"),
    # The nft in memory reads rules as the emitter's own walk does, and knows nothing of how they come about.
    **dict.fromkeys(
        FAKE_NFT,
        (*LEAVES, "svcc.kernel", "svcc.emit.nftables.ruleset", "svcc.emit.nftables.statement", "svcc.emit.nftables.hairpin"),
    ),
    "svcc.kernel.conntrack": (*LEAVES, "svcc.kernel", "svcc.plan", "svcc.graph.nodes"),
    # What a state is written down as is the text of its own tool.
    "svcc.kernel.written": (*LEAVES, "svcc.kernel", "svcc.plan", "svcc.emit.iptables.text", "svcc.emit.nftables", "svcc.emit.ipvs"),
    "svcc.apply": (*LEAVES, "svcc.plan", "svcc.kernel.base", "svcc.interrupts"),
    "svcc.questionable": (*LEAVES, "svcc.config", "svcc.model", "svcc.graph.traits", *BOUNDS, "svcc.pipeline"),
    "svcc.reading": (*LEAVES, "svcc.config", "svcc.source", "svcc.model", "svcc.allocate", "svcc.derive", "svcc.check"),
    "svcc.pipeline": (*LEAVES, "svcc.config", "svcc.model", "svcc.reading", "svcc.resolve", "svcc.graph", "svcc.emit"),
    "svcc.naming": (
        *LEAVES,
        "svcc",
        "svcc.config",
        "svcc.allocate",
        "svcc.check",
        "svcc.model",
        "svcc.reading",
        "svcc.resolve",
        "svcc.graph",
        "svcc.emit",
    ),
    "svcc.fronts": (*LEAVES, "svcc.config", "svcc.graph.nodes", "svcc.pipeline", "svcc.plan.conntrack", "svcc.resolve.cluster"),
    "svcc.reviewed": (*LEAVES, "svcc.plan.change"),
    "svcc.defaults": (*LEAVES, "svcc.source", "svcc.model"),
    "svcc.artifacts": (*LEAVES, "svcc", "svcc.graph", "svcc.emit"),
    "svcc.trace": (*LEAVES, "svcc.graph", "svcc.emit", "svcc.resolve", "svcc.pipeline", "svcc.model.service"),
    "svcc.probes": (*LEAVES, "svcc.graph", "svcc.source", "svcc.trace"),
    "svcc.cli": ("svcc",),
}  # fmt: skip
# Packages from outside, and the only rooms that may import them.
ONLY_IN = {
    "yaml": ("svcc.source",),
    "jinja2": ("svcc.emit.frame",),
    "click": ("svcc.cli",),
    "rich": ("svcc.cli.render",),
    "pyroute2": ("svcc.kernel",),
    "subprocess": ("svcc.kernel.run",),
    "socket": ("svcc.kernel",),
    "ctypes": ("svcc.kernel",),
}
# Module → what it loads only when it is needed, since most inputs of a check need none of it.
LATE = {"svcc.questionable": ("svcc.pipeline",), "svcc.model.decode": ("svcc.model.decode_pod",)}
SOFT, HARD = 250, 400


def _module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path):
    """Yield each imported module with whether the import stands inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in inside
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module, node in inside


def _within(module, rooms):
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def _room(module):
    rooms = [room for room in ALLOWED if module == room or module.startswith(f"{room}.")]
    return max(rooms, key=len)


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_a_module_imports_only_what_its_room_may_know(path):
    module = _module(path)
    room = _room(module)
    allowed = ALLOWED[room] if room != "svcc.cli" else ("svcc",)
    wrong = [
        name
        for name, _ in _imports(path)
        if name.split(".")[0] == "svcc" and not _within(name, (room,)) and not _named(name, allowed)
    ]
    assert [] == wrong


def _named(name, allowed):
    return any(name == one or (one != "svcc" and name.startswith((f"{one}.", f"{one}_"))) for one in allowed) or (
        "svcc" in allowed and allowed == ("svcc",)
    )


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_packages_from_outside_are_imported_only_in_their_room(path):
    module = _module(path)
    wrong = [name for name, _ in _imports(path) if not _within(module, ONLY_IN.get(name.split(".")[0], (module,)))]
    assert [] == wrong


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_imports_stand_at_the_top_except_for_start_up_time(path):
    module = _module(path)
    if _within(module, ("svcc.cli",)):
        return
    late = ("pyroute2", *LATE.get(module, ()))
    wrong = [name for name, inside in _imports(path) if inside and not _within(name, late)]
    assert [] == wrong


def test_emitters_never_see_another_emitter():
    for path in FILES:
        module = _module(path)
        for target in ("iptables", "nftables"):
            others = [name for name, _ in _imports(path) if name.startswith("svcc.emit.") and f".{target}" not in name]
            if module.startswith(f"svcc.emit.{target}"):
                assert [] == [name for name in others if name not in SHARED]


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_a_file_is_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= HARD


def test_most_files_are_small():
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in FILES)
    assert lengths[len(lengths) // 2] <= 160
    assert sum(length > SOFT for length in lengths) <= len(lengths) // 10


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_nothing_prints_or_exits_outside_the_command_line(path):
    if _within(_module(path), ("svcc.cli",)):
        return
    calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    exits = {
        f"{call.value.id}.{call.attr}"
        for call in calls
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name)
    }
    assert set() == {"print", "exit"} & names
    assert set() == {"sys.exit", "os._exit"} & exits
