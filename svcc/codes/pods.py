"""Codes of Pods: SVC150 to SVC159, SVC170 to SVC173."""

from svcc.codes.code import Code, Severity

_E, _W = Severity.ERROR, Severity.WARNING

PODS: dict[str, Code] = {
    "SVC150": Code(
        _E,
        "a host port that is not the container's",
        "With `hostNetwork: true` a container listens on the node itself, so a `hostPort` can only repeat `containerPort`. Leave `hostPort` out, or make the two equal.",
        wrong="hostNetwork: true, containers: [{ports: [{containerPort: 8080, hostPort: 80}]}]",
        right="hostNetwork: true, containers: [{ports: [{containerPort: 8080}]}]",
    ),
    "SVC151": Code(
        _E,
        "a name of nothing in this Pod",
        "A `volumeMounts`, `volumeDevices` or `targetContainerName` names a volume or a container of the same Pod, and the Pod has none of that name. The names are compared letter by letter.",
        wrong="volumeMounts: [{name: configs, mountPath: /etc/cart}], volumes: [{name: config}]",
        right="volumeMounts: [{name: config, mountPath: /etc/cart}], volumes: [{name: config}]",
    ),
    "SVC152": Code(
        _E,
        "addresses of a Pod that do not go together",
        "`status.podIPs` and `status.hostIPs` hold at most one address of each family, and `hostIPs` begins with `hostIP`.",
        wrong="podIPs: [{ip: 10.128.7.21}, {ip: 10.128.7.22}]",
        right='podIPs: [{ip: 10.128.7.21}, {ip: "fd00:10::21"}]',
    ),
    "SVC153": Code(
        _W,
        "a phase that no Pod has",
        "A Pod is Pending, Running, Succeeded, Failed or Unknown. The API server does not look at the word, but only Pods that are exactly `Running` become endpoints.",
        wrong="status: {phase: running}",
        right="status: {phase: Running}",
    ),
    "SVC154": Code(
        _E,
        "an image with blanks around it",
        "The name of a container's image begins or ends with a blank, which the API server refuses. Usually it came from a template or a quoted text.",
        wrong='image: "cart:1 "',
        right="image: cart:1",
    ),
    "SVC155": Code(
        _E,
        "not the name of an environment variable",
        "Names of variables, and the prefixes of `envFrom`, are printable ASCII characters without `=`.",
        wrong="env: [{name: LEVEL=debug}]",
        right="env: [{name: LEVEL, value: debug}]",
    ),
    "SVC156": Code(
        _E,
        "more than a resolver reads",
        "The C library reads three name servers and a search list of 32 domains or 2048 characters, so `dnsConfig` holds no more.",
        wrong="nameservers: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]",
        right="nameservers: [10.0.0.1, 10.0.0.2, 10.0.0.3]",
    ),
    "SVC157": Code(
        _E,
        "not a quantity",
        "Quantities are decimal numbers with a unit: `n`, `u`, `m`, `k`, `M`, `G`, `T`, `P`, `E` count in thousands, `Ki` to `Ei` in 1024s, and `e3` is an exponent. There is no blank between number and unit, and no `B`.",
        wrong="limits: {memory: 64MB}",
        right="limits: {memory: 64M}",
    ),
    "SVC158": Code(
        _E,
        "a field that this container cannot have",
        "Probes and lifecycle hooks belong to containers that keep running: not to init containers without `restartPolicy: Always`, and not to ephemeral containers, which have no ports and resources either. A `restartPolicy` belongs to init containers.",
        wrong="initContainers: [{name: migrate, readinessProbe: {tcpSocket: {port: 8080}}}]",
        right="initContainers: [{name: migrate}]",
    ),
    "SVC159": Code(
        _E,
        "not exactly one of several fields",
        "A variable's `valueFrom` and an `envFrom` take their values from one source, a probe or hook does one thing, and a volume has one source. Here is none of them, or more than one.",
        wrong="valueFrom: {secretKeyRef: {…}, configMapKeyRef: {…}}",
        right="valueFrom: {secretKeyRef: {…}}",
    ),
    "SVC170": Code(
        _E,
        "a request that does not fit its limit",
        "A container asks for no more than it may use: each request is at most the limit of the same resource. Extended resources and huge pages cannot be promised twice, so there the two are equal. What the containers of a Pod ask for together is no more than the Pod's own `resources` say.",
        wrong="{requests: {memory: 1Gi}, limits: {memory: 512Mi}}",
        right="{requests: {memory: 512Mi}, limits: {memory: 512Mi}}",
    ),
    "SVC171": Code(
        _E,
        "a path that leads elsewhere",
        "Paths inside volumes and directories of profiles are relative and have no `..`, so that they stay where they belong; names that begin with two dots are the kubelet's own. Paths of the node may be absolute, without `..`.",
        wrong="items: [{key: cart.yaml, path: ../cart.yaml}]",
        right="items: [{key: cart.yaml, path: cart.yaml}]",
    ),
    "SVC172": Code(
        _E,
        "not a field that a Pod tells",
        "The downward API gives some fields of a Pod to its containers: its name, namespace, uid, labels and annotations, and to variables also its node, service account and addresses. One label or annotation is named by its key: `metadata.labels['app']`.",
        wrong="fieldRef: {fieldPath: spec.node}",
        right="fieldRef: {fieldPath: spec.nodeName}",
    ),
    "SVC173": Code(
        _E,
        "an annotation that no Pod has",
        "Some annotations of Pods mean something to Kubernetes: the cost of a deletion is a whole number, a mirror stands on a node, and profiles of seccomp and AppArmor are `runtime/default`, `unconfined` or `localhost/` and a path, for containers that are there.",
        wrong="controller.kubernetes.io/pod-deletion-cost: high",
        right='controller.kubernetes.io/pod-deletion-cost: "100"',
    ),
}
