"""The field names of the Kubernetes API (1.34), so that an unknown one is a mistake and a known one is no noise.

Fields that svcc does not honour are here too: `kubectl get -o yaml` writes all of them.
"""

TYPE = frozenset({"apiVersion", "kind"})

OBJECT_META = frozenset(
    {
        "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
        "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers",
        "managedFields", "clusterName",
    }
)  # fmt: skip

OWNER = frozenset({"apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"})

LIST = TYPE | {"metadata", "items"}

SERVICE = TYPE | {"metadata", "spec", "status"}
SERVICE_SPEC = frozenset(
    {
        "ports", "selector", "clusterIP", "clusterIPs", "type", "externalIPs", "sessionAffinity", "loadBalancerIP",
        "loadBalancerSourceRanges", "externalName", "externalTrafficPolicy", "healthCheckNodePort",
        "publishNotReadyAddresses", "sessionAffinityConfig", "ipFamilies", "ipFamilyPolicy",
        "allocateLoadBalancerNodePorts", "loadBalancerClass", "internalTrafficPolicy", "trafficDistribution",
    }
)  # fmt: skip
SERVICE_PORT = frozenset({"name", "protocol", "appProtocol", "port", "targetPort", "nodePort"})
AFFINITY_CONFIG = frozenset({"clientIP"})
CLIENT_IP = frozenset({"timeoutSeconds"})
SERVICE_STATUS = frozenset({"loadBalancer", "conditions"})
LOAD_BALANCER = frozenset({"ingress"})
INGRESS = frozenset({"ip", "hostname", "ipMode", "ports"})

ENDPOINT_SLICE = TYPE | {"metadata", "addressType", "endpoints", "ports"}
SLICE_PORT = frozenset({"name", "protocol", "port", "appProtocol"})
ENDPOINT = frozenset(
    {
        "addresses", "conditions", "hostname", "targetRef", "deprecatedTopology", "nodeName", "zone", "hints",
    }
)  # fmt: skip
REFERENCE = frozenset({"kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"})
CONDITIONS = frozenset({"ready", "serving", "terminating"})
HINTS = frozenset({"forZones", "forNodes"})
HINT = frozenset({"name"})

ENDPOINTS = TYPE | {"metadata", "subsets"}
SUBSET = frozenset({"addresses", "notReadyAddresses", "ports"})
ENDPOINT_ADDRESS = frozenset({"ip", "hostname", "nodeName", "targetRef"})

SERVICE_NAME_LABEL = "kubernetes.io/service-name"
PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name"
SKIP_MIRROR_LABEL = "endpointslice.kubernetes.io/skip-mirror"

OURS = "svcc.dev/"
WEIGHTS = "svcc.dev/weights"
SCHEDULER = "svcc.dev/scheduler"
FORWARDING = "svcc.dev/forwarding"
CONNECTION_LIMITS = "svcc.dev/connection-limits"
GATE_NODE_PORTS = "svcc.dev/source-ranges-on-node-ports"
IGNORE = "svcc.dev/ignore"
ANNOTATIONS = frozenset({WEIGHTS, SCHEDULER, FORWARDING, CONNECTION_LIMITS, GATE_NODE_PORTS, IGNORE})
TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
TOLERATE_UNREADY = "service.alpha.kubernetes.io/tolerate-unready-endpoints"
ZONE_LABEL = "topology.kubernetes.io/zone"
LEGACY_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"

SCHEDULERS = {
    name: name
    for name in ("random", "rr", "wrr", "lc", "wlc", "sh", "dh", "sed", "nq", "mh", "lblc", "lblcr", "fo", "ovf")
}
"""Of `svcc.dev/scheduler`: those of IPVS, and `random`, which is all that iptables has."""
IPVS_SCHEDULERS = {name: name for name in SCHEDULERS if name != "random"}
