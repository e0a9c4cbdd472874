"""The rules for a Pod's spec, as the API server applies them (pkg/apis/core/validation of Kubernetes 1.34).

    spec: {hostname: web.0, restartPolicy: always}   ->   SVC103 spec.hostname, SVC105 spec.restartPolicy, SVC104 spec.containers

Every rule is asked whatever the others found. Checked for names and types of their fields alone, since no packet and no name depends
on them: the insides of volume sources, security contexts, resources, resource claims, affinity, tolerations, topology spread, the
operating system, scheduling by priority, and what feature gates leave off. Only a cluster can tell whether references (service
accounts, secrets, classes) lead anywhere. A negative terminationGracePeriodSeconds is taken, as the API server does: it makes 1 of it.
"""

from svcc.model.names import check_labels, check_qualified_name
from svcc.model.pod_claim_rules import check_claims
from svcc.model.pod_container_rules import check_containers
from svcc.model.pod_dns_rules import check_dns_config, check_host_aliases
from svcc.model.pod_draft import Draft, found_in, number_of, text_of
from svcc.model.pod_names import check_label, check_subdomain, check_unused, check_word
from svcc.model.pod_port_rules import check_host_ports
from svcc.model.pod_sum_rules import check_pod_resources
from svcc.model.pod_volume_rules import check_volumes
from svcc.source.cursor import Node

RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")

_MAX_DEADLINE = 2**31 - 1


def check_spec(draft: Draft) -> None:
    """Report everything that is wrong with the spec of a Pod."""
    cursor, spec = draft.cursor, draft.spec
    check_containers(draft, check_volumes(draft))
    check_host_ports(draft)
    check_pod_resources(draft)
    check_claims(draft)
    check_word(cursor, spec.get("restartPolicy"), RESTART_POLICIES)
    check_word(cursor, spec.get("dnsPolicy"), DNS_POLICIES)
    check_word(cursor, spec.get("preemptionPolicy"), ("PreemptLowerPriority", "Never"))
    for name in ("hostname", "subdomain"):
        check_label(cursor, spec.get(name))
    for name in ("nodeName", "serviceAccountName", "priorityClassName", "runtimeClassName"):
        check_subdomain(cursor, spec.get(name))
    if not text_of(spec.get("serviceAccountName")):
        check_subdomain(cursor, spec.get("serviceAccount"))
    if cursor.is_mapping(spec.get("nodeSelector", cursor.root)) and "nodeSelector" in spec:
        check_labels(cursor, spec["nodeSelector"])
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and number_of(deadline) is not None:
        cursor.integer(deadline, 1, _MAX_DEADLINE)
    check_dns_config(draft)
    check_host_aliases(draft)
    _check_gates(draft)


def _check_gates(draft: Draft) -> None:
    cursor = draft.cursor
    for node, found in found_in(cursor, draft.spec.get("readinessGates")):
        name = text_of(found.get("conditionType"))
        if name is not None:
            where = found.get("conditionType", node)
            at = f"{cursor.path(node)}.conditionType"
            check_qualified_name(cursor, name, where, at=at)
    first: dict[str, Node] = {}
    for node, found in found_in(cursor, draft.spec.get("schedulingGates")):
        name = text_of(found.get("name"))
        if name is not None:
            check_qualified_name(cursor, name, node, at=cursor.path(node))
            check_unused(cursor, name, node, first)
