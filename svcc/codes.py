"""The table of diagnostic codes: one code a kind of mistake, each with the paragraph that `svcc explain` prints.

0xx YAML · 1xx a field · 2xx across objects · 3xx a target cannot say it · 4xx the guard of a plan
"""

from enum import Enum
from typing import NamedTuple


class Severity(Enum):
    """How bad it is: an error stops the run, a warning may, a note never does."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(NamedTuple):
    """What one code means: severity, a title, and the paragraph of `svcc explain`."""

    severity: Severity
    title: str
    explanation: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {
    "SVC001": Code(
        _E,
        "not valid YAML",
        "The document cannot be read as YAML. The position is where the parser gave up; the mistake is there or just before: a missing colon, a quote that is not closed, a tab used for indentation, or a wrong indentation. The other documents of the same file are still checked.",
    ),
    "SVC002": Code(
        _E,
        "a key appears twice",
        "A mapping holds the same key twice. Most YAML readers silently keep the last one; the API server's strict decoding refuses it. Remove one of the two.",
    ),
    "SVC003": Code(
        _E,
        "not a Kubernetes object",
        "Every document must be a mapping with `apiVersion` and `kind`. A document that is a list, a string or a number, or that lacks one of the two, cannot be interpreted.",
    ),
    "SVC004": Code(
        _E,
        "the file cannot be read",
        "A path given on the command line does not exist, is not a file or folder, or may not be read by this user.",
    ),
    "SVC005": Code(
        _E,
        "no manifests found",
        "The given paths hold no file that ends in .yaml, .yml or .json, or those files hold no document. Usually the path is wrong; standard input is given as `-`.",
    ),
    "SVC006": Code(
        _N,
        "other kinds are skipped",
        "svcc reads Service, Endpoints and EndpointSlice. Documents of other kinds are left out and counted in this note.",
    ),
    "SVC007": Code(
        _E,
        "not UTF-8 text",
        "Manifests are UTF-8. The file holds bytes that are not, or control characters that YAML forbids; the position is the first of them.",
    ),
    "SVC101": Code(
        _E,
        "a value of the wrong type",
        "The field holds a number where a string belongs, a list where a mapping belongs, and so on. YAML guesses types of unquoted words: `on`, `yes` and `no` are booleans, `22:22` is a number; quotes make a string of them.",
    ),
    "SVC102": Code(
        _E,
        "an unknown field",
        "The Kubernetes API has no field of this name here, so the API server refuses it. Usually it is a typing mistake, or the field is indented one level too deep or too shallow.",
    ),
    "SVC103": Code(
        _E,
        "not a valid name",
        "Names of Services, namespaces and ports are DNS labels: lower-case letters, digits and `-`, at most 63 characters, starting and ending with a letter or digit; the name of a Service starts with a letter.",
    ),
    "SVC104": Code(
        _E,
        "a required field is missing",
        "The API server requires this field. A Service with more than one port, for example, must name each of them.",
    ),
    "SVC105": Code(
        _E,
        "not one of the supported values",
        "The field takes one of a few words, spelled exactly as in the list of the hint; upper and lower case differ.",
    ),
    "SVC106": Code(
        _E,
        "a number out of range",
        "Ports are 1 to 65535, session affinity time-outs 1 to 86400 seconds, node ports lie in `nodePortRange`.",
    ),
    "SVC107": Code(
        _E,
        "not a usable IP address",
        "The address cannot be read strictly (leading zeros, an IPv4-mapped IPv6 address, a zone), is of the wrong family, or is one that no Service or endpoint can have: unspecified, loopback, link-local or multicast.",
    ),
    "SVC108": Code(
        _E, "not a usable network", "Networks are written `address/length` with no bit set behind the prefix."
    ),
    "SVC109": Code(
        _E,
        "a Service without cluster IP",
        "This Service needs a cluster IP and `spec.clusterIP` is not set. In a cluster the API server would choose one; svcc compiles manifests that hold it. Set `spec.clusterIP` (or `None` for a headless Service).",
    ),
    "SVC111": Code(
        _E,
        "weights that cannot be read",
        "The annotation `svcc.dev/weights` is a list of `address=weight`, separated by commas; weights are whole numbers from 0 to 1000 and each address appears once.",
    ),
    "SVC112": Code(
        _E,
        "fields that exclude each other",
        "One of these fields makes the other meaningless or contradicts it; the API server refuses the combination.",
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
        "The field is valid and changes nothing in the packet rules; the hint names what does.",
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
    "SVC201": Code(
        _E,
        "the same object twice",
        "Two documents of one kind have the same namespace and name. In a cluster the second would replace the first.",
    ),
    "SVC202": Code(
        _E,
        "an address and port claimed twice",
        "Two Services want the same address, port and protocol (cluster, external and load-balancer addresses together), so a packet to it could go to either.",
    ),
    "SVC203": Code(
        _E,
        "a cluster IP used twice",
        "Two Services have the same cluster IP. The API server never gives one address to two Services.",
    ),
    "SVC204": Code(
        _E,
        "a node port used twice",
        "A node port belongs to one Service port: another Service, or another port of this Service, already has it.",
    ),
    "SVC301": Code(
        _N,
        "iptables remembers few clients",
        "With iptables, session affinity is kept by the xt_recent module, which remembers the last `ip_list_tot` clients of each endpoint (100 unless the module was loaded with another number). Older clients are balanced anew. Load the module with `ip_list_tot` set to at least the number of clients, as in `options xt_recent ip_list_tot=4000`.",
    ),
    "SVC302": Code(
        _E,
        "weights too fine for iptables",
        "iptables chooses by probabilities with 31 bits. After dividing by their greatest common divisor, the weights of one Service port may add up to 30000 at most.",
    ),
    "SVC303": Code(
        _N,
        "the scheduler is not available here",
        "iptables can only choose at random. The Service asks for another scheduler; in this mode it is balanced at random, by weight.",
    ),
    "SVC401": Code(
        _E,
        "kube-proxy's rules are present",
        "The kernel holds chains of kube-proxy. Two Service proxies on one host capture each other's packets. Stop kube-proxy and remove its rules (`kube-proxy --cleanup`), or use --force to apply beside them.",
    ),
}
