"""IPVS: virtual servers in the kernel's own load balancer, and a companion table for what it cannot say.

`ruleset` the values, `lower` from the graph, `companion` the nftables table `svcc-ipvs`, `inner` the second addresses of Local policies,
`localhost` node ports on 127.0.0.1, `schedulers` which one a pool has, `direct` what is not rewritten, `settings` those of the kernel,
`text` what ipvsadm reads and prints, `walk` where packets go, `limits` and `differences` what IPVS says otherwise or not at all.

A packet to 10.96.0.10:80 is local, because the address stands on `svcc0`. The companion sees it first, then IPVS chooses an endpoint, and
behind routing the companion masquerades what is marked, which it sees only with net.ipv4.vs.conntrack=1. Packets of a connection that is
under way pass the companion untouched. The way of a first packet through the companion, with the objects that it meets:

    before-prerouting, before-output    the hooks at -110, ahead of every translation: new connections go to `services`; a process of the
                                 node whose source is an address of svcc0 itself, which nobody could answer, is marked to be masqueraded
    services                     asks, in turn, `policies`, `servers`, `owned`, `service-cidrs`, `inner-cidrs`, `bound`; other addresses
                                 of the node go to `node-ports`
    node-ports                   the same for node ports, whose maps have the prefix `port-`; `node-ports-on` limits the addresses
      policies                   frontend → what is special about its clients: a policy's chain, or `gated`
      gated, allowed, gates      source ranges: who is not in `allowed` is dropped; then the policy that `gates` names
      from-cluster               everyone but `pods` is marked to be masqueraded      masquerade-it   everyone is
      outside-local              pods and the node's own processes go to every endpoint, all others to those of this node: `other`
      other, outsiders           frontend → where outsiders of a Local policy go: `to-inner`, `refuse` or `discard`
      servers                    frontend → accept, where a virtual server waits; `refuse`, or `discard`; `to-stand-in` while that changes
                                 its scheduler
      owned, unserved            cluster IPs: ports that nobody serves are refused; those of other proxies are left alone
      service-cidrs              addresses of the service ranges that are no cluster IP: dropped
      inner-cidrs                inner addresses are for the companion alone to send to: dropped
      bound                      other addresses of svcc0: ports that nobody serves are refused, or this node's own listeners would answer
    nat-prerouting, nat-output   send what `to-inner` has numbered to the inner address and port of its frontend in `inner`, where a
                                 virtual server with this node's endpoints waits, or what `to-stand-in` has numbered to that of another
                                 one in `stand-ins`; what has lost its way is dropped
    localhost                    node ports on 127.0.0.1, which IPVS sends nowhere: sent by DNAT, with the objects of the nftables target:
                                 `pools`, `others`, `pick`, `picks`, `pick-N`, `hash-N`, `slots`, `send`, `members`; session affinity in
                                 `sticky-N-T`, `sticky-hash-N-T`, `other-sticky-N-T`, `known-T`, `pool`, `other-pool`, `sticky-send`,
                                 `sticky`, `affinity`
    scratch-prerouting, scratch-output    clear `meta priority`, which carries the number
    nat-postrouting              masquerades what is marked, `hairpins` and `own-hairpins`, whose client is the chosen endpoint itself: a
                                 pod, or a process of this node
    guard                        drops packets of others to 127/8, where node ports are served there

Frontends without endpoints have no virtual server. A node port has one on each address of the node that serves node ports.
"""
