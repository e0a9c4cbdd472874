"""Codes of what a target cannot say, SVC3xx, and of the guard of a plan, SVC4xx."""

from svcc.codes.code import Code, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

TARGETS: dict[str, Code] = {
    "SVC301": Code(
        _N,
        "iptables remembers few clients",
        "With iptables, session affinity is kept by the xt_recent module, which remembers the last `ip_list_tot` clients of each endpoint (100 unless the module was loaded with another number). Older clients are balanced anew. Load the module with `ip_list_tot` set to at least the number of clients, as in `options xt_recent ip_list_tot=4000`.",
    ),
    "SVC302": Code(
        _E,
        "weights too fine",
        "iptables chooses by probabilities with 31 bits, nftables by slots. After dividing by their greatest common divisor, the weights of one Service port may add up to 30000 at most with iptables, 1000 with nftables. With IPVS the schedulers `sh` and `dh` have a table of 256 places, in which each endpoint needs one at least; `mh` has a larger one.",
    ),
    "SVC303": Code(
        _N,
        "the scheduler is not available here",
        "iptables can only choose at random, nftables at random or by the hash of the client's address (`sh`), IPVS by every scheduler but `random`, and packet by packet (`ops`) for UDP alone. The Service asks for what this mode does not have; the message says what becomes of it.",
    ),
    "SVC304": Code(
        _W,
        "connection limits are not kept here",
        "`svcc.dev/connection-limits` keeps an endpoint from getting more connections than it can bear. IPVS counts connections; iptables and nftables do not, so that in this mode the endpoint gets its share whatever its load.",
        wrong='mode: iptables; svcc.dev/connection-limits: "*=200"',
        right='mode: ipvs; svcc.dev/connection-limits: "*=200"',
    ),
    "SVC305": Code(
        _N,
        "the forwarding method is not available here",
        "Direct routing (`dr`) and tunnels (`tun`) are IPVS's. iptables and nftables send packets on by rewriting addresses, as `masq` does; answers come back through this node.",
    ),
    "SVC306": Code(
        _E,
        "direct routing and tunnels rewrite nothing",
        "With `svcc.dev/forwarding: dr` or `tun` the endpoint gets the packet as it came: to the address and port of the Service, from the client. So its port must be the Service's (a node port hardly ever is), nobody's source can be rewritten (`masqueradeAll`, node ports on localhost), and an external Local policy, for which outsiders are sent to a second address of the Service inside of this node, is not possible.",
    ),
    "SVC307": Code(
        _N,
        "clients keep their address with direct routing and tunnels",
        "Other methods masquerade clients from outside, so that answers come back through this node. With `dr` and `tun` endpoints answer clients themselves, from the Service's address, which they need to have on an interface that does not answer ARP. Processes of this node do not reach such a Service: an answer that comes in with an address of this node for its source is dropped.",
    ),
    "SVC308": Code(
        _E,
        "the inner network is too small",
        "In IPVS mode each address and port, or node port, with an external Local policy needs a second address and port inside of this node, which outsiders are sent to. They are taken from `ipvs.innerCIDRs`, at random by name, with room to spare: 256 of them for each address of the network.",
        wrong="ipvs: {innerCIDRs: [169.254.96.0/30]}",
        right="ipvs: {innerCIDRs: [169.254.96.0/20]}",
    ),
    "SVC309": Code(
        _N,
        "IPVS counts session affinity in its own way",
        "IPVS counts `timeoutSeconds` from the last new connection, and keeps a client with its endpoint beyond that while any connection of it is open, or closed so lately that Linux remembers it. Every address and port of a Service, and every node port on every address, remembers for itself.",
    ),
    "SVC310": Code(
        _E,
        "a name that DNS cannot hold",
        "A label of a name has at most 63 characters, a whole name 253. The API server counts less strictly: a port name of 63 characters becomes a label of 64, `_` and all; names of Services and namespaces add up with a long `clusterDomain`; labels of an ExternalName are not counted at all. Nobody could ask for such a name, so nothing is written. `svcc check` warns of it (SVC229).",
    ),
    "SVC311": Code(
        _E,
        "an environment that no process can be started with",
        "A process gets its arguments and its environment in a quarter of its stack, 2 MiB unless its limit is another one. The variables of this namespace alone have more than 1.5 MiB. Set `enableServiceLinks: false` in the pods and use `--no-service-links` here.",
    ),
    "SVC312": Code(
        _N,
        "with IPVS external addresses are the node's own",
        "IPVS takes only packets that the node takes for its own, so external and load-balancer addresses stand on the interface `svcc0`. Ports of them that no Service has are refused; in other modes packets to those are not touched. All packets to addresses of Services pass the hook `input`, outsiders of an external Local policy with an inner address for a destination: a host firewall must let them pass there.",
    ),
    "SVC313": Code(
        _N,
        "IPVS serves node ports on the addresses that are there",
        "IPVS has a virtual server for each address and node port. An address that the node is given later serves no node ports until the next apply; `svcc status` shows it as drift. Other modes ask at every packet whether an address is the node's.",
    ),
    "SVC314": Code(
        _W,
        "with ops answers come from the endpoint's own address",
        "`ops` balances every UDP packet on its own, and Linux remembers nothing of it. With the forwarding method `masq` nobody puts the Service's address back into the answer: the client sees it come from the endpoint, and one that waits for an answer of the Service takes no notice. That is right for packets without an answer (logs, metrics); with `dr` and `tun` endpoints answer with the Service's address.",
        wrong='svcc.dev/scheduler: "rr, ops"',
        right='svcc.dev/scheduler: "rr, ops", and svcc.dev/forwarding: dr',
    ),
    "SVC315": Code(
        _W,
        "IPVS does not know where node ports are",
        "IPVS has a virtual server for each of the node's addresses and each node port. Without `nodeIPs` in the configuration `svcc compile` knows no address, and writes none. `svcc plan` and `svcc apply` read the addresses from the system.",
    ),
    "SVC401": Code(
        _E,
        "kube-proxy's rules are present",
        "The kernel holds chains of kube-proxy, its table of nftables, or its interface kube-ipvs0. Two Service proxies on one host capture each other's packets. Stop kube-proxy and remove what it has left behind (`svcc clean --foreign=kube-proxy`), or use --force to apply beside them.",
    ),
    "SVC402": Code(
        _E,
        "more than 30 % of the frontends would go",
        "A frontend is an address and port, or a node port, that leads to a backend. Of ten or more that are there, this plan takes away more than 30 %: they go, or their Service has no endpoint any more. It is what a wrong path, an empty folder or a list without its EndpointSlices would look like. Nothing was touched. Look at `svcc plan`; if it is what you mean, use --force.",
    ),
    "SVC403": Code(
        _E,
        "not a plan that can be applied",
        "`svcc apply FILE` takes what `svcc plan PATH... --out FILE` has written, whole and unchanged: the inputs are in it, and it is compiled and planned again before anything is touched. This file is damaged, is of another version of the format, or holds something that svcc has not written. Make it again.",
    ),
}
