"""Codes of several objects together: SVC2xx."""

from svcc.codes.code import Code, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

ACROSS: dict[str, Code] = {
    "SVC201": Code(
        _E,
        "the same object twice",
        "Two documents of one kind have the same namespace and name. In a cluster the second would replace the first.",
    ),
    "SVC202": Code(
        _E,
        "an address and port claimed twice",
        "Two Services want the same address, port and protocol (cluster, external and load-balancer addresses together), so a packet to it could go to either.",
        wrong="shop/a and shop/b: {externalIPs: [192.0.2.1], ports: [{port: 80}]}",
        right="shop/b: {externalIPs: [192.0.2.1], ports: [{port: 81}]}",
    ),
    "SVC203": Code(
        _E,
        "a cluster IP used twice",
        "Two Services have the same cluster IP. The API server never gives one address to two Services.",
    ),
    "SVC204": Code(
        _E,
        "a node port used twice",
        "A node port belongs to one port of one Service, a health-check node port to one Service; this one is taken. Only ports of one number and different protocols may share a node port, within one Service.",
        wrong="shop/a and shop/b: {nodePort: 30080}",
        right="shop/b: {nodePort: 30081}",
    ),
    "SVC205": Code(
        _W,
        "an address inside a service range",
        "An external or load-balancer address lies in one of `serviceCIDRs`. The next Service may be given the same address as its cluster IP, and other nodes treat the range as theirs to answer. Take addresses from outside the range.",
        wrong="{serviceCIDRs: [10.96.0.0/16]}, externalIPs: [10.96.7.7]",
        right="externalIPs: [192.0.2.7]",
    ),
    "SVC206": Code(
        _N,
        "an address that is the node's own",
        "An external or load-balancer address is also one of this node's own addresses. Only the ports of the Service are captured there; every other port stays the node's. Nothing is wrong where that is wanted, as on a node that serves as its own load balancer.",
    ),
    "SVC207": Code(
        _E,
        "a cluster IP that is the node's own address",
        "A cluster IP answers on the ports of its Service and refuses all others, so this node would lose its own address: no ssh, no kubelet. One of the two is wrong.",
    ),
    "SVC208": Code(
        _E,
        "ranges that must be apart overlap",
        "Services, pods and nodes need addresses of their own. An address in `serviceCIDRs` that no Service has is dropped, so a pod or a node there cannot be reached, and a new Service may take its address. The same is true of `ipvs.innerCIDRs`, which IPVS mode uses inside of this node; and virtual servers that `ipvs.excludeCIDRs` leaves to somebody else are at addresses that svcc does not use.",
        wrong="{serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.0.0.0/8]}",
        right="{serviceCIDRs: [10.96.0.0/16], clusterCIDRs: [10.128.0.0/14]}",
    ),
    "SVC209": Code(
        _W,
        "a node address inside a pod range",
        "An address of `nodeIPs` lies in a range of pods. Where pods are told from others by this range (`detectLocalMode`), connections of the node itself look like a pod's and are not masqueraded. Give the pods a range of their own.",
    ),
    "SVC210": Code(
        _W,
        "one list names an address twice",
        "Two networks of one list overlap, so one of them changes nothing. Usually one of the two is a typing mistake.",
        wrong="clusterCIDRs: [10.128.0.0/14, 10.130.0.0/16]",
        right="clusterCIDRs: [10.128.0.0/14]",
    ),
    "SVC211": Code(
        _W,
        "an endpoint that is a cluster IP",
        "An endpoint address is the cluster IP of a Service. A packet's destination is rewritten once: what is sent to the cluster IP by an endpoint is not translated again, so this endpoint never answers. Name the endpoints themselves, or point clients at the other Service.",
    ),
    "SVC212": Code(
        _W,
        "endpoints of a Service that is not there",
        "An EndpointSlice is bound to its Service by the label `kubernetes.io/service-name`, Endpoints by their own name, both within one namespace. No Service of that name is in the input, so nothing uses these endpoints.",
        wrong="Service cart; a slice with kubernetes.io/service-name: crat",
        right="kubernetes.io/service-name: cart",
    ),
    "SVC213": Code(
        _N,
        "a slice that is bound to no Service",
        "The EndpointSlice lacks the label `kubernetes.io/service-name`. Its own name, and its owner, do not bind it: no Service uses its endpoints.",
        wrong="metadata: {name: cart-x}",
        right="metadata: {name: cart-x, labels: {kubernetes.io/service-name: cart}}",
    ),
    "SVC214": Code(
        _W,
        "Endpoints that nothing mirrors",
        "Endpoints are mirrored into EndpointSlices only for a Service without selector. This Service has one, and no EndpointSlice of it is in the input, so it has no endpoints at all. Remove the selector, or give EndpointSlices.",
    ),
    "SVC215": Code(
        _W,
        "a Service port that no slice serves",
        "A port of a Service and a port of its EndpointSlices meet by name and protocol, both exactly equal; the number (`targetPort`) plays no part. Nothing meets this port, so connections to it are refused although there are endpoints.",
        wrong="Service: {name: http, port: 80}; slice: {name: web, port: 8080}",
        right="slice: {name: http, port: 8080}",
    ),
    "SVC216": Code(
        _W,
        "a node port that the kernel gives away",
        "The port lies in the kernel's local port range, 32768 to 60999 unless `net.ipv4.ip_local_port_range` says otherwise. A process of the node may be given it as the source port of a connection, whose answers then go to the Service. Use a port below the range, or keep the kernel from it with `net.ipv4.ip_local_reserved_ports`.",
        wrong="nodePort: 40080",
        right="nodePort: 30080",
    ),
    "SVC217": Code(
        _W,
        "two Services make the same environment variable",
        "The kubelet names variables after Services: `a` makes A_SERVICE_PORT, and so does `a-service`, whose prefix is A_SERVICE. Pods see the value of one of them only. Rename one, or set `enableServiceLinks: false` in the pods.",
        wrong="Services cart and cart-service",
        right="Services cart and cart-api",
    ),
    "SVC218": Code(
        _W,
        "source ranges of one family only",
        "`loadBalancerSourceRanges` limits only the families that it names. This Service has addresses of both, so the other family is open to everyone. Add a range of that family, `::/0` or `0.0.0.0/0` where everyone is meant.",
        wrong="loadBalancerSourceRanges: [192.0.2.0/24]",
        right='loadBalancerSourceRanges: [192.0.2.0/24, "2001:db8::/32"]',
    ),
    "SVC219": Code(
        _E,
        "an address that IPVS has another use for",
        "In IPVS mode virtual servers at addresses in `ipvs.excludeCIDRs` are somebody else's, and svcc neither makes nor removes any there; addresses in `ipvs.innerCIDRs` are for the second virtual servers of external Local policies. An address of a Service can be in neither.",
        wrong="ipvs: {excludeCIDRs: [192.0.2.0/24]}; externalIPs: [192.0.2.7]",
        right="ipvs: {excludeCIDRs: [198.51.100.0/24]}; externalIPs: [192.0.2.7]",
    ),
    "SVC221": Code(
        _N,
        "deprecated",
        "Kubernetes discourages this field, annotation or kind and may drop it; the hint names what to use instead. The note stands at the first use and counts the others. Silence it with `--ignore SVC221`, or for one object with the annotation `svcc.dev/ignore: SVC221`.",
        wrong="trafficDistribution: PreferClose",
        right="trafficDistribution: PreferSameZone",
    ),
    "SVC222": Code(
        _E,
        "an input that means more than svcc makes",
        "Every address of a Service takes packets for every port of it, every endpoint of a slice answers on every port of that, and so does every Pod that a Service selects. Together these pairs are more than 100,000 and more than 32 for every address, port, endpoint and Pod that is written. No set of Services needs that; a short file that does would exhaust memory.",
    ),
    "SVC226": Code(
        _W,
        "a large block of environment variables",
        "The kubelet gives every container the variables of all Services of its namespace, some eight for each port. With more than 64 KiB of them containers start slowly, and programs that copy their environment are slow; a little over a megabyte later no process can be started at all. Set `enableServiceLinks: false` in the pods: names in DNS do not need the variables.",
    ),
    "SVC227": Code(
        _W,
        "ExternalNames that lead nowhere",
        "An ExternalName Service is an alias (CNAME). This one leads back to itself, alone or by way of others, so that nobody who asks for its name ever gets an address.",
        wrong="Service shop/mail: {externalName: mail.shop.svc.cluster.local}",
        right="Service shop/mail: {externalName: smtp.example.com}",
    ),
    "SVC228": Code(
        _W,
        "a variable that no shell can have",
        "With `relaxedServiceNames` the name of a Service may begin with a digit, and so do its environment variables. A container can have such variables, but neither a shell nor systemd takes them, so they are left out of these two forms. `dotenv`, which `docker run --env-file` reads, and `json` hold them.",
    ),
    "SVC229": Code(
        _W,
        "a name that DNS could not hold",
        "A label of a name has at most 63 characters, a whole name 253, and a name of this Service would have more. The API server does not mind, and packets are carried; but nobody can ask for the name, and `svcc dns` and `svcc compile -o` make no zones of this input (SVC310). Shorten the name of the port, or `clusterDomain`.",
        wrong="ports: [{name: <63 characters>, port: 80}]",
        right="ports: [{name: http, port: 80}]",
    ),
}
