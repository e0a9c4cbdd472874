"""IPVS: virtual servers in the kernel's own load balancer, and a companion table for what it cannot say.

`ruleset` the values, `lower` from the graph, `companion` the nftables table `svcc-ipvs`, `inner` the second addresses of Local policies,
`localhost` node ports on 127.0.0.1, `schedulers` which one a pool has, `settings` of the kernel, `text` what ipvsadm reads and prints, `walk` where packets go.

A packet to 10.96.0.10:80 is local, because the address stands on `svcc0`. The companion sees it first (hooks at -110, only the first
packet of a connection): gates drop, policies mark who is to be masqueraded, ports that nobody serves are refused. Outsiders of an external
Local policy are sent to the frontend's inner address, whose virtual server has this node's endpoints alone. Then IPVS chooses an endpoint, and
behind routing the companion masquerades what is marked, which it sees only with net.ipv4.vs.conntrack=1.
"""
