"""The rules for a Pod's spec, as the API server applies them (pkg/apis/core/validation of Kubernetes 1.34).

    spec: {hostname: web.0, restartPolicy: always}   ->   SVC103 spec.hostname, SVC105 spec.restartPolicy, SVC104 spec.containers

Every rule is asked whatever the others found, and one mistake is told once: a mount of a volume that is wrong, a limit that becomes a
request as well, an empty name that is required and no name either. Field paths are the API server's, also where it leaves an index
out or misspells a field.

Left out, with the field names and types of all of it judged:
- what a feature gate leaves off in 1.34: clusterTrustBundle, podCertificate, fileKeyRef, stopSignal, hostnameOverride,
  restartPolicyRules;
- what only a Pod that is being made cannot have, since svcc takes Pods as `kubectl get` shows them: ephemeral containers;
- what admission decides before these rules: a token without a service account, the number of a priority, overhead of a runtime
  class; and what depends on flags of the API server: privileged containers;
- tolerations in annotations, an alpha of 1.5, and the status but for its addresses;
- what only a cluster can tell: whether references (service accounts, secrets, classes) lead anywhere.

A negative terminationGracePeriodSeconds is taken, as the API server does: it makes 1 of it.
"""

from svcc.model.names import check_labels
from svcc.model.pod_affinity_rules import check_affinity
from svcc.model.pod_claim_rules import check_claims
from svcc.model.pod_container_rules import check_containers
from svcc.model.pod_dns_rules import check_dns_config, check_host_aliases
from svcc.model.pod_draft import Draft, text_of
from svcc.model.pod_names import check_label, check_object_name, check_subdomain, check_word, require
from svcc.model.pod_os_rules import check_system
from svcc.model.pod_port_rules import check_host_ports
from svcc.model.pod_schedule_rules import check_scheduling
from svcc.model.pod_security_rules import check_security
from svcc.model.pod_sum_rules import check_pod_resources
from svcc.model.pod_values import MAX_INT32, check_range
from svcc.model.pod_volume_rules import check_volumes

RESTART_POLICIES = ("Always", "OnFailure", "Never")
PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")


def check_spec(draft: Draft) -> None:
    """Report everything that is wrong with the spec of a Pod."""
    cursor, spec = draft.cursor, draft.spec
    check_containers(draft, check_volumes(draft))
    check_host_ports(draft)
    check_pod_resources(draft)
    check_claims(draft)
    check_word(cursor, spec.get("restartPolicy"), RESTART_POLICIES)
    check_word(cursor, spec.get("dnsPolicy"), DNS_POLICIES)
    if "preemptionPolicy" in spec and require(cursor, draft.node, spec, "preemptionPolicy"):
        check_word(cursor, spec["preemptionPolicy"], PREEMPTION_POLICIES)
    for name in ("hostname", "subdomain"):
        check_label(cursor, spec.get(name))
    for name in ("nodeName", "serviceAccountName", "priorityClassName"):
        check_subdomain(cursor, spec.get(name))
    if "runtimeClassName" in spec:
        check_object_name(cursor, draft.node, spec, "runtimeClassName")
    if not text_of(spec.get("serviceAccountName")):
        check_subdomain(cursor, spec.get("serviceAccount"))
    if cursor.is_mapping(spec.get("nodeSelector", cursor.root)) and "nodeSelector" in spec:
        check_labels(cursor, spec["nodeSelector"])
    check_range(cursor, spec.get("activeDeadlineSeconds"), 1, MAX_INT32)
    check_range(cursor, spec.get("priority"), -MAX_INT32 - 1, MAX_INT32)
    check_dns_config(draft)
    check_host_aliases(draft)
    check_affinity(draft)
    check_scheduling(draft)
    check_security(draft)
    check_system(draft)
