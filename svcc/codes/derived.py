"""Codes of endpoints that are made of Pods: SVC24x."""

from svcc.codes.code import Code, Severity

_W, _N = Severity.WARNING, Severity.NOTE

DERIVED: dict[str, Code] = {
    "SVC240": Code(
        _N,
        "slices are taken before Pods",
        "The input holds EndpointSlices (or Endpoints) of a Service, and Pods that its selector matches as well. What is given is taken: the Pods of such a Service are not looked at. A cluster's own slices say the same as its Pods; where the slices are written by hand or older than the Pods, leave out what should not count. The note stands at the first Service and counts the others.",
        wrong="kubectl get svc,endpointslices,pods,nodes -A -o yaml | svcc check -",
        right="kubectl get svc,pods,nodes -A -o yaml | svcc check -",
    ),
    "SVC241": Code(
        _N,
        "a selector that finds no endpoint",
        "A Service's endpoints are the Pods of its namespace that have every label of its selector, that have not ended, and that have an address in `status.podIP`. Of the Pods of this input there is none, so connections to the Service are refused. Either a label is misspelled, or the Pods are not in the input, or they are as they were written, before a cluster gave them addresses.",
        wrong="selector: {app: crat}, Pods with the label app: cart",
        right="selector: {app: cart}",
    ),
    "SVC242": Code(
        _N,
        "workloads have no addresses",
        "A Deployment, StatefulSet, DaemonSet, Job and the like say which Pods a cluster shall make; addresses are given to the Pods. From workloads alone no endpoint can be made. Give the Pods as the cluster has them, or EndpointSlices.",
        wrong="kubectl get svc,deployments -A -o yaml | svcc check -",
        right="kubectl get svc,pods,nodes -A -o yaml | svcc check -",
    ),
    "SVC243": Code(
        _W,
        "a targetPort that no Pod has",
        "A name as `targetPort` is looked up in each Pod: a port of one of its containers with that name and the protocol of the Service port. Containers that end before the others start do not count, nor do ephemeral ones. No Pod that this Service selects has such a port, so connections are refused.",
        wrong="targetPort: htpp, ports: [{name: http, containerPort: 8080}]",
        right="targetPort: http",
    ),
    "SVC244": Code(
        _N,
        "trafficDistribution without zones",
        "The Service prefers endpoints of the client's zone or node. Which those are is known by the Node of every Pod and its label topology.kubernetes.io/zone. Where that is not known of one ready Pod, all Pods have the same share. Give the Nodes too.",
        wrong="kubectl get svc,pods -A -o yaml | svcc compile -",
        right="kubectl get svc,pods,nodes -A -o yaml | svcc compile -",
    ),
}
