"""Large inputs that somebody who means harm would give, each about as many bytes as asked for.

    LARGE["flow list"](1 << 20)  ->  b"[a,a,a,…"

Most of them are no manifests. Those that are look right until the mistake that is repeated.
"""

import json
from collections.abc import Callable

Make = Callable[[int], bytes]

HEAD = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {{name: s{n}}}\nspec: {{clusterIP: None, ports: [{{port: 80}}]}}\n---\n"
)
SLICE = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-x}\naddressType: IPv4\nports: [{port: 80}]\n"


def _repeated(unit: str, *, start: str = "", end: str = "") -> Make:
    return lambda size: (start + unit * (size // len(unit.encode())) + end).encode()


def _counted(unit: str, *, start: str = "", end: str = "") -> Make:
    """Repeat a text whose {n} is another number each time."""

    def make(size: int) -> bytes:
        count = size // len(unit.format(n=10000))
        return (start + "".join(unit.format(n=number) for number in range(count)) + end).encode()

    return make


def _nested(left: str, right: str = "", *, start: str = "") -> Make:
    def make(size: int) -> bytes:
        count = size // len(left + right)
        return (start + left * count + right * count).encode()

    return make


def _block_depth(size: int) -> bytes:
    lines, total, depth = [], 0, 0
    while total < size:
        lines.append(" " * depth + "a:\n")
        total += depth + 3
        depth += 1
    return "".join(lines).encode()


def _bomb(width: int, levels: int, *, merge: bool = False) -> Callable[[int], bytes]:
    """Each level repeats the one before; the bomb is copied as often as there is room, a document each."""

    def make(size: int) -> bytes:
        lines = ["a0: &a0 {x: 1}"]
        for level in range(1, levels):
            repeated = ", ".join([f"*a{level - 1}"] * width)
            lines.append(f"a{level}: &a{level} " + (f"{{<<: [{repeated}], k{level}: 1}}" if merge else f"[{repeated}]"))
        text = HEAD + "\n".join(lines) + "\n---\n"
        return (text * max(1, size // len(text))).encode()

    return make


def _external_addresses(size: int) -> bytes:
    """As many as there is room for, all of them good."""
    addresses = ",".join(f"192.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(size // 14))
    return (HEAD + f"spec: {{clusterIP: 10.96.0.1, ports: [{{port: 80}}], externalIPs: [{addresses}]}}\n").encode()


def _lonely_ports(size: int) -> bytes:
    """Services of five hundred ports each, and slices of as many others."""
    ports, others = (", ".join(f"{{name: {letter}{n}, port: {n + 1}}}" for n in range(500)) for letter in "pq")
    unit = (
        "apiVersion: v1\nkind: Service\nmetadata: {{name: s{n}}}\nspec: {{clusterIP: 10.96.{n}.1, ports: [{ports}]}}\n---\n"
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: s{n}, labels: {{kubernetes.io/service-name: s{n}}}}}\n"
        "addressType: IPv4\nports: [{others}]\nendpoints: [{{addresses: [10.128.0.5]}}]\n---\n"
    )
    count = max(1, size // (len(ports) + len(others)))
    return "".join(unit.format(n=n, ports=ports, others=others) for n in range(count)).encode()


def _long_word(size: int) -> bytes:
    """A word of half the size, which every variable of a container repeats."""
    variables = "".join(f"    - {{name: V{n}, value: *v}}\n" for n in range(size // 60))
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: {a: &v " + "x" * (size // 2) + "}}\n"
    return (pod + "spec:\n  containers:\n  - name: web\n    image: web\n    env:\n" + variables).encode()


def _bomb_behind_colons(size: int) -> bytes:
    levels = ",".join(
        f'"a{n}":&a{n} {{{",".join(f"{chr(34)}{k}{chr(34)}:*a{n - 1}" for k in range(9))}}}' for n in range(1, 9)
    )
    text = f'{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"a","managedFields":[{{"a0":&a0 [1,1,1],{levels}}}]}}}}\n---\n'
    return (text * max(1, size // len(text))).encode()


def _aliases_of_a_long_list(size: int) -> bytes:
    anchor = "x: &x [" + "1," * (size // 8) + "1]\n"
    return (HEAD + anchor + "y: [" + "*x, " * (size // 8) + "*x]\n").encode()


def _aliases_in_fields(size: int) -> bytes:
    """Every Service of a List repeats the same hundred broken ports."""
    ports = "p: &p [" + ", ".join("{port: x}" for _ in range(100)) + "]\n"
    unit = "- {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: *p}}\n"
    return ("apiVersion: v1\nkind: List\n" + ports + "items:\n" + unit * (size // len(unit))).encode()


def _long_merge_chain(size: int) -> bytes:
    lines = ["m0: &m0 {k0: 1}"]
    total = 0
    while total < size:
        number = len(lines)
        lines.append(f"m{number}: &m{number} {{<<: *m{number - 1}, k{number}: 1}}")
        total += len(lines[-1]) + 1
    return (HEAD + "\n".join(lines) + f"\nspec: {{<<: *m{len(lines) - 1}}}\n").encode()


def _one_merge_source_many_users(size: int) -> bytes:
    """A mapping of a thousand keys, merged by as many mappings as there is room for."""
    source = "m: &m {" + ", ".join(f"k{number}: 1" for number in range(1000)) + "}\n"
    unit = "- {<<: *m}\n"
    return (HEAD + source + "spec:\n  ports:\n" + unit * (size // len(unit))).encode()


SELECTING = (
    "apiVersion: v1\nkind: Service\nmetadata: {{name: s{n}}}\nspec: {{clusterIP: None, selector: {selector}}}\n---\n"
)
POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{n}, labels: {labels}}}\nspec: {{containers: [{{name: a, image: a}}]}}\nstatus: {{podIP: 10.128.0.1}}\n---\n"


def _pods_of_every_service(size: int) -> bytes:
    """Services that all select all of the Pods."""
    count = size // 300
    labels = "{app: a}"
    services = (SELECTING.format(n=n, selector=labels) for n in range(count))
    return "".join((*services, *(POD.format(n=n, labels=labels) for n in range(count)))).encode()


def _pods_of_no_service(size: int) -> bytes:
    """Selectors of labels that many Pods have, but none has together, each another choice of them."""
    halves = [{f"k{half}{at:02}": "v" for at in range(16)} for half in "ab"]
    written = [json.dumps(one) for one in halves]
    texts = []
    for n in range(size // 800):
        chosen = {key: "v" for half in halves for at, key in enumerate(half) if at == 0 or n >> (at - 1) & 1}
        texts += [SELECTING.format(n=n, selector=json.dumps(chosen)), POD.format(n=n, labels=written[n % 2])]
    return "".join(texts).encode()


LARGE: dict[str, Make] = {
    # Nodes that cost more memory than text.
    "flow list": _repeated("a,", start="["),
    "flow list, closed": _repeated("a,", start="[", end="a]"),
    "flow list of nothing": _repeated(",", start="["),
    "flow list of empty lists": _repeated("[],", start="[", end="a]"),
    "flow list of empty mappings": _repeated("{},", start="[", end="a]"),
    "flow mapping of words": _repeated("a,", start="{", end="a}"),
    "flow mapping of other words": _counted("a{n},", start="{", end="a}"),
    "flow mapping of pairs": _counted("a{n}: 1,", start="{", end="a: 1}"),
    "pairs in a flow list": _repeated("a: b,", start="[", end="a]"),
    "question marks": _repeated("? ", start="{"),
    "block list of nothing": _repeated("-\n"),
    "block list on one line": _repeated("- "),
    "block list of words": _repeated("- a\n"),
    "block mapping of nothing": _counted("k{n}:\n"),
    "quoted empty words": _repeated("'',", start="[", end="a]"),
    "numbers": _repeated("1,", start="[", end="1]"),
    "endpoints without anything": _repeated("{},", start=SLICE + "endpoints: [", end="{}]\n"),
    "addresses": _repeated("a,", start=SLICE + "endpoints: [{addresses: [", end="a]}]\n"),
    "anchors": _counted("&a{n} a,", start="[", end="a]"),
    "tags": _repeated("!!str a,", start="[", end="a]"),
    # Many documents.
    "documents of one letter": _repeated("a\n---\n"),
    "documents of a mapping": _repeated("a: 1\n---\n"),
    "empty documents": _repeated("---\n"),
    "document ends": _repeated("...\n"),
    "documents with a kind": _repeated("{apiVersion: v1, kind: X}\n---\n"),
    "documents that break": _repeated("[\n---\n"),
    "documents that break in a quote": _repeated("'\n---\n"),
    "documents that break by a tab": _repeated("\ta\n---\n"),
    "documents that break by an alias": _repeated("*a\n---\n"),
    "documents without a name": _repeated("{apiVersion: v1, kind: Service}\n---\n"),
    "JSON texts, line by line": _repeated('{"a":1}\n'),
    "JSON texts that break": _repeated('{"a":\n'),
    "directives": _repeated("%TAG ! a\n"),
    "directives with documents": _repeated("%TAG !e! tag:e,2000:\n--- a\n...\n"),
    "versions": _repeated("%YAML 1.1\n--- a\n...\n"),
    "unknown directives": _repeated("%X\n"),
    # Depth.
    "deep lists, open": _nested("["),
    "deep lists": _nested("[", "]"),
    "deep mappings": _nested("{a: ", "}"),
    "deep mappings, open": _nested("{a: "),
    "deep mappings as keys": _nested("{{a: ".replace("{{", "{"), "}: 1"),
    "deep JSON": _nested('{"a":[', "]}"),
    "deep block": _block_depth,
    "deep questions": _repeated("? "),
    "deep documents": _repeated("[" * 150 + "]" * 150 + "\n---\n"),
    "deep again and again": _repeated("[" * 190 + "]" * 190 + ",", start="[", end="a]"),
    # Aliases and merge keys.
    "alias bomb": _bomb(10, 9),
    "alias bomb of two": _bomb(2, 60),
    "merge bomb": _bomb(10, 9, merge=True),
    "aliases below the bound": _bomb(10, 5),
    "merges below the bound": _bomb(5, 4, merge=True),
    "an alias of itself": _repeated("a: &x [*x]\n---\n"),
    "a long list, often": _aliases_of_a_long_list,
    "broken ports, often": _aliases_in_fields,
    "a chain of merges": _long_merge_chain,
    "one mapping merged often": _one_merge_source_many_users,
    # Mistakes.
    "one key again and again": _repeated("a: 1\n", start=HEAD),
    "one key again and again in flow": _repeated("a: 1,", start=HEAD + "spec: {", end="a: 1}\n"),
    "unknown fields": _counted("f{n}: 1\n", start=HEAD),
    "unknown fields close to one that is known": _counted("specs{n}: 1\n", start=HEAD),
    "keys that are no words": _repeated("? [a]\n: 1\n", start=HEAD),
    "labels that cannot be": _counted("_{n}: 1,", start="apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {", end="a: b}}\n"),
    "annotations of svcc that are not": _counted("svcc.dev/{n}: a,", start="apiVersion: v1\nkind: Service\nmetadata: {name: web, annotations: {", end="a: b}}\n"),
    "ports that are no numbers": _repeated("{port: x},", start=HEAD + "spec: {ports: [", end="]}\n"),
    "ports without anything": _repeated("{},", start=HEAD + "spec: {ports: [", end="]}\n"),
    "ports of one number": _repeated("{port: 80},", start=HEAD + "spec: {ports: [", end="]}\n"),
    "ports of many names": _counted("{{port: 80, name: p{n}}},", start=HEAD + "spec: {ports: [", end="]}\n"),
    "words where ports belong": _repeated("a,", start=HEAD + "spec: {ports: [", end="a]}\n"),
    "many external addresses": _external_addresses,
    "ports that no slice has": _lonely_ports,
    "a long word again and again": _long_word,
    "alias bomb right behind colons": _bomb_behind_colons,
    "lines of JSON": _repeated('{"apiVersion":"v1","kind":"X"}\n'),
    "external addresses that are none": _repeated("a,", start=HEAD + "spec: {externalIPs: [", end="a]}\n"),
    "source ranges that are none": _repeated("a,", start=HEAD + "spec: {type: LoadBalancer, loadBalancerSourceRanges: [", end="a]}\n"),
    "cluster addresses that are none": _repeated("a,", start=HEAD + "spec: {clusterIPs: [", end="a]}\n"),
    "endpoints with a mistake": _repeated("- {addresses: [1]}\n", start=SLICE + "endpoints:\n"),
    "endpoints with an unknown field": _repeated("- {addresses: [10.0.0.1], x: 1}\n", start=SLICE + "endpoints:\n"),
    "endpoints with hints that cannot be": _repeated("{name: _},", start=SLICE + "endpoints: [{addresses: [10.0.0.1], hints: {forZones: [", end="{}]}}]\n"),
    "one long line of mistakes": _repeated("{port: 0, x: 1},", start='{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [', end="{}]}}"),
    "a List of broken Services": _counted("- {{apiVersion: v1, kind: Service, metadata: {{name: S{n}}}, spec: {{type: X}}}}\n", start="apiVersion: v1\nkind: List\nitems:\n"),
    "a List of things": _repeated("- a\n", start="apiVersion: v1\nkind: List\nitems:\n"),
    "Lists of empty Lists": _repeated("- {apiVersion: v1, kind: List, items: []}\n", start="apiVersion: v1\nkind: List\nitems:\n"),
    "one Service again and again": _repeated(SERVICE.format(n=1)),
    "Services on one address": _counted("apiVersion: v1\nkind: Service\nmetadata: {{name: s{n}}}\nspec: {{clusterIP: 10.96.0.1, ports: [{{port: 80}}]}}\n---\n"),
    "slices of nobody": _counted("{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: s{n}, labels: {{kubernetes.io/service-name: x{n}}}}}, addressType: IPv4}}\n---\n"),
    "Services with names that are close": _counted("apiVersion: v1\nkind: Service\nmetadata: {{name: s{n}}}\nspec: {{clusterIP: None}}\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: e{n}, labels: {{kubernetes.io/service-name: t{n}}}}}\naddressType: IPv4\n---\n"),
    "Pods that every Service selects": _pods_of_every_service,
    "Pods that every Service nearly selects": _pods_of_no_service,
    "namespaces": _counted("apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: n{n}}}\nspec: {{clusterIP: None}}\n---\n"),
    # Long words.
    "one word": _repeated("a"),
    "one quoted word": _repeated("a", start=HEAD + 'spec: "', end='"\n'),
    "a long name": _repeated("a", start="apiVersion: v1\nkind: Service\nmetadata: {name: ", end="}\n"),
    "a long name and many mistakes": _repeated("a", start="apiVersion: v1\nkind: Service\nspec: {ports: [" + "{port: x}," * 2000 + "]}\nmetadata:\n  name: ", end="\n"),
    "a long key": lambda size: (HEAD + "? " + "a" * size + "\n: 1\n").encode(),
    "a long key above many mistakes": lambda size: (HEAD + "spec:\n  ? " + "a" * (size // 2) + "\n  : [" + "{<<: 1}," * (size // 16) + "]\n").encode(),
    "long annotations": _counted("k{n}: '" + "x" * 1000 + "'\n    ", start="apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    ", end="a: b\n"),
    "connection limits": _repeated("10.0.0.1=1:2,", start="apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    svcc.dev/connection-limits: '", end="'\n"),
    "flags of a scheduler": _repeated("sh-port,", start="apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    svcc.dev/scheduler: 'sh,", end="'\n"),
    "flags of kube-router": _counted("f{n},", start="apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    kube-router.io/service.scheduler: mh\n    kube-router.io/service.schedflags: '", end="'\n"),
    "weights": _repeated("10.0.0.1=1,", start="apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  annotations:\n    svcc.dev/weights: '", end="'\n"),
    "a number of many digits": _repeated("9", start=HEAD + "spec: {ports: [{port: ", end="}]}\n"),
    "a number in base 60": _repeated(":59", start=HEAD + "spec: {ports: [{port: 1", end="}]}\n"),
    "an address of many colons": _repeated(":0", start=HEAD + "spec: {clusterIP: '", end="'}\n"),
    "an address of many zeros": _repeated("0.", start=HEAD + "spec: {clusterIP: '", end="0'}\n"),
    "a label of many dots": _repeated("a.", start="apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {'", end="a/b': c}}\n"),
    "escapes": _repeated("\\x41", start=HEAD + 'spec: "', end='"\n'),
    "surrogate pairs": _repeated("\\ud83d\\ude00", start='{"apiVersion": "v1", "kind": "Service", "x": "', end='"}'),
    "JSON strings": _repeated('"\\ud83d\\ude00",', start="[", end='""]'),
    "quotes that stay open in JSON": _repeated('"\\ud83d', start="["),
    # Text that is nothing.
    "comments": _repeated("# a\n"),
    "one comment": _repeated("#"),
    "blanks": _repeated(" "),
    "line breaks": _repeated("\n"),
    "carriage returns": _repeated("\r"),
    "other line breaks": _repeated("\u2028"),
    "tabs": _repeated("\t"),
    "byte order marks": _repeated("\ufeff"),
    "documents that start with a mark": _repeated("\ufeff--- a\n"),
    "wide characters": _repeated("日本", start=HEAD + "spec: "),
    "characters outside of the plane": _repeated("😀,", start="[", end="a]"),
    "zeros": _repeated("\0"),
    "bytes that are not UTF-8": lambda size: b"\xff" * size,
    "UTF-16": lambda size: "a: 1\n".encode("utf-16") * (size // 12),
    "a block of text": _repeated("a\n  ", start=HEAD + "spec: |\n  "),
    "a folded text": _repeated("a\n\n  ", start=HEAD + "spec: >\n  "),
    "exclamation marks": _repeated("!"),
    "stars": _repeated("*a "),
    "ampersands": _repeated("&a "),
    "colons": _repeated(": "),
    "percent signs": _repeated("%"),
    "braces": _repeated("{}\n"),
}  # fmt: skip
