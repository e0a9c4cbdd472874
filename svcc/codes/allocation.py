"""Codes of allocation and of svcc.lock: SVC230 to SVC239."""

from svcc.codes.code import Code, Severity

_E, _W = Severity.ERROR, Severity.WARNING

ALLOCATION: dict[str, Code] = {
    "SVC230": Code(
        _E,
        "not a fact of svcc.lock",
        "Each line of a section of `svcc.lock` is one fact, and its key says whose: `shop/cart IPv4` in `clusterIPs`, `shop/cart 80/TCP` in `nodePorts`, `shop/cart` in `healthCheckNodePorts`. This key has another form. svcc writes the file; where a line was changed by hand or by a merge, put it back or delete it.",
    ),
    "SVC231": Code(
        _E,
        "a merge conflict in svcc.lock",
        "The file holds the markers that a version control system leaves where two branches changed the same place. Keep the facts of both sides and delete the markers: every line stands for itself, and their order does not matter. Where both branches gave out the same value, svcc then keeps it for the Service whose name comes first and says who moves (SVC233).",
    ),
    "SVC232": Code(
        _W,
        "a value of svcc.lock outside its range",
        "The address or port that `svcc.lock` holds for this Service is not one that can be given out: it is in none of `serviceCIDRs`, is the network or broadcast address of one, or is outside `nodePortRange`. Usually the configuration was changed. The Service gets another value, and the message says which.",
    ),
    "SVC233": Code(
        _W,
        "a value twice in svcc.lock",
        "`svcc.lock` holds one address or port for two Services, as after the merge of two branches that each added one. The one that comes first by namespace and name keeps it (one that needs it now before one that does not); the other gets another value, and the message says which. Where both branches gave one Service different values, the lower one counts. The same line twice is no matter.",
    ),
    "SVC234": Code(
        _W,
        "a manifest takes a value of svcc.lock",
        "A manifest states an address or port that `svcc.lock` holds for another Service, or for another port of the same one. The manifest wins: the other gets another value, and the message says which. State a value from the lower band of the range to avoid this: svcc gives those out last.",
    ),
    "SVC235": Code(
        _E,
        "no value is left",
        "Every address of `serviceCIDRs`, or every port of `nodePortRange`, is in use: stated in a manifest, held by `svcc.lock`, or given out in this run; the message counts them. Make the range larger, add another one to `serviceCIDRs`, or remove Services.",
    ),
    "SVC236": Code(
        _E,
        "svcc.lock is not up to date",
        "With `--locked` nothing may be allocated, moved or released, and this fact would be. Run once without `--locked`, look at what changed in `svcc.lock`, and commit it.",
    ),
    "SVC237": Code(
        _W,
        "a Service gives up a value that it does not need",
        "`svcc.lock` keeps the values of a Service that does not need them now, such as its node ports while it is of type ClusterIP, in case it needs them again. The range is full and another Service needs a value, so this one is given to it.",
    ),
}
