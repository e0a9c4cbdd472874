"""Codes of one field of one object: SVC1xx."""

from svcc.codes.code import Code, Severity

_E, _W = Severity.ERROR, Severity.WARNING

FIELDS: dict[str, Code] = {
    "SVC101": Code(
        _E,
        "a value of the wrong type",
        "The field holds a number where a string belongs, a list where a mapping belongs, and so on. YAML guesses types of unquoted words: `on`, `yes` and `no` are booleans, `22:22` is a number; quotes make a string of them.",
    ),
    "SVC102": Code(
        _E,
        "an unknown field",
        "There is no field of this name here: not in the Kubernetes API, where the API server refuses it, nor in svcc's own files and annotations. Usually it is a typing mistake, or the field is indented one level too deep or too shallow.",
    ),
    "SVC103": Code(
        _E,
        "not a valid name",
        "Names of Services, namespaces and ports are DNS labels: lower-case letters, digits and `-`, at most 63 characters, starting and ending with a letter or digit; the name of a Service starts with a letter. A port name that a targetPort refers to has at most 15 characters and at least one letter. Host names and names of nodes, slices and Endpoints are such labels joined by dots; names of network interfaces are the kernel's.",
    ),
    "SVC104": Code(
        _E,
        "a required field is missing",
        "The field has no default, so it must be there: the API server requires it, or svcc does in its own files. A Service with more than one port, for example, must name each of them.",
    ),
    "SVC105": Code(
        _E,
        "not one of the supported values",
        "The field takes one of a few words, spelled exactly; upper and lower case differ. The hint lists them, or guesses which one was meant.",
    ),
    "SVC106": Code(
        _E,
        "a number out of range",
        "The message names the bounds. Ports are 1 to 65535, session affinity time-outs 1 to 86400 seconds, node ports lie in `nodePortRange`.",
    ),
    "SVC107": Code(
        _E,
        "not a usable IP address",
        "The address cannot be read strictly (leading zeros, an IPv4-mapped IPv6 address, a zone), is of the wrong family, or is one that no Service or endpoint can have: unspecified, loopback, link-local or multicast.",
    ),
    "SVC108": Code(
        _E,
        "not a usable network",
        "Networks are written `address/length` with no bit set behind the prefix. Ranges that say who is who, such as `clusterCIDRs`, leave somebody outside: they are never all addresses.",
    ),
    "SVC109": Code(
        _E,
        "no range to take a cluster IP from",
        "This Service needs a cluster IP that it does not state, and `serviceCIDRs` in the configuration has no range of that family to choose it from. Set `serviceCIDRs`, or state `spec.clusterIP` (`None` for a headless Service).",
    ),
    "SVC111": Code(
        _E,
        "weights that cannot be read",
        "The annotation `svcc.dev/weights` is a list of `address=weight`, separated by commas; weights are whole numbers from 0 to 1000 and each address appears once.",
    ),
    "SVC112": Code(
        _E,
        "fields that exclude each other",
        "One of these fields makes the other meaningless or contradicts it. The API server refuses the combination in a manifest, svcc in the configuration.",
    ),
    "SVC113": Code(
        _E,
        "the configuration lacks a fact",
        "What the configuration asks for needs another fact that it does not hold, such as `nodePortAddresses: [primary]` without `nodeIPs`.",
    ),
    "SVC114": Code(
        _W,
        "Local policy on a node without name",
        "A Local traffic policy keeps traffic on this node's own endpoints, and no node name is known: every endpoint counts as remote, so the traffic is dropped. Give `--node` or set `nodeName` in the configuration.",
    ),
    "SVC116": Code(
        _W,
        "a field without effect",
        "The field is valid and nothing comes of it here: Kubernetes ignores it in this combination, or svcc does not do what kube-proxy did with it. The hint says what to do instead.",
    ),
    "SVC117": Code(
        _E,
        "a field that this type of Service does not have",
        "Node ports belong to NodePort and LoadBalancer Services; source ranges, the class of a load balancer and allocateLoadBalancerNodePorts to LoadBalancer Services; an ExternalName Service has no cluster IPs and no IP families, and a headless one can be neither NodePort nor LoadBalancer. Remove the field, or change the type.",
    ),
    "SVC118": Code(
        _E,
        "clusterIP and clusterIPs disagree",
        "The API server wants both fields or clusterIP alone, and clusterIPs[0] equal to clusterIP, letter by letter. `None`, for a headless Service, stands alone.",
    ),
    "SVC119": Code(
        _E,
        "the same thing twice in one object",
        "A port name, a port number with its protocol, or an IP family is given twice in one list. Remove or change one of the two.",
    ),
    "SVC120": Code(
        _E,
        "cluster IPs that do not fit their families",
        "A Service has at most one cluster IP of each family, in the order of ipFamilies where that is given.",
    ),
    "SVC121": Code(
        _E,
        "two families without a policy that allows them",
        "A Service with two cluster IPs, or two ipFamilies, needs `ipFamilyPolicy: PreferDualStack` or `RequireDualStack`; without a policy it has one family.",
    ),
    "SVC122": Code(
        _E,
        "a cluster IP outside of the service ranges",
        "Cluster IPs lie inside serviceCIDRs of the configuration. The first address of a range, and the last of an IPv4 range, belong to nobody.",
    ),
    "SVC123": Code(
        _E,
        "an IP family without a service range",
        "The Service asks for cluster IPs of a family that serviceCIDRs of the configuration has no range of. Add a range, or ask for the other family; `PreferDualStack` takes what is there.",
    ),
    "SVC135": Code(
        _E,
        "not a qualified name",
        "Keys of labels, annotations and selectors, application protocols and the classes of load balancers are qualified names: at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends, after an optional DNS name and a slash.",
    ),
    "SVC136": Code(
        _E,
        "not the value of a label",
        "Values of labels and selectors are empty or at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.",
    ),
}
