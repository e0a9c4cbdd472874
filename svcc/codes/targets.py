"""Codes of what a target cannot say, SVC3xx, and of the guard of a plan, SVC4xx."""

from svcc.codes.code import Code, Severity

_E, _N = Severity.ERROR, Severity.NOTE

TARGETS: dict[str, Code] = {
    "SVC301": Code(
        _N,
        "iptables remembers few clients",
        "With iptables, session affinity is kept by the xt_recent module, which remembers the last `ip_list_tot` clients of each endpoint (100 unless the module was loaded with another number). Older clients are balanced anew. Load the module with `ip_list_tot` set to at least the number of clients, as in `options xt_recent ip_list_tot=4000`.",
    ),
    "SVC302": Code(
        _E,
        "weights too fine",
        "iptables chooses by probabilities with 31 bits, nftables by slots. After dividing by their greatest common divisor, the weights of one Service port may add up to 30000 at most with iptables, 1000 with nftables.",
    ),
    "SVC303": Code(
        _N,
        "the scheduler is not available here",
        "iptables can only choose at random, nftables at random or by the hash of the client's address (`sh`). The Service asks for another scheduler; in this mode it is balanced at random, by weight.",
    ),
    "SVC401": Code(
        _E,
        "kube-proxy's rules are present",
        "The kernel holds chains of kube-proxy. Two Service proxies on one host capture each other's packets. Stop kube-proxy and remove its rules (`kube-proxy --cleanup`), or use --force to apply beside them.",
    ),
}
