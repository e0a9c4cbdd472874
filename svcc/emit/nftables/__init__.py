"""nftables: a fixed skeleton of chains, and everything of the Services in maps.

The way of a first packet, with the objects that it meets:

    nat-prerouting, nat-output   the hooks; all they do is go to `services`
    services                     asks, in turn, `policies`, `pools`, `owned`, `service-cidrs`, and for local addresses `node-ports`
    node-ports                   the same for node ports, whose maps have the prefix `port-`
      policies                   frontend → what is special about its clients: a policy's chain, or `gated`
      gated, allowed, gates      source ranges: who is not in `allowed` is dropped; then the policy that `gates` names
      from-cluster               everyone but pods is masqueraded        masquerade-it   everyone is
      outside-local              pods and the node's own processes go to every endpoint, all others to those of this node: `other`
      pools, others              frontend → pool, and its other pool (of local endpoints)
      owned                      cluster IPs: ports that nobody serves are refused; those of other proxies are left alone
    pick, picks                  pool → the chain for its number of slots, or `refuse`, or `discard`
    pick-N, hash-N               draws one of N slots, by chance or by the client's address
      slots                      pool . slot → endpoint; an endpoint of weight 3 has three slots
    send, members                endpoint → address and port: the only DNAT
    sticky-N-T, known-T          session affinity of T: `affinity` remembers client → endpoint; one that is gone is forgotten and drawn anew
      pool, other-pool           look up the frontend's pool again
      sticky, port-sticky        frontend . endpoint → address and port: nobody is ever sent to another Service's endpoint
    nat-postrouting              masquerades what is marked, and `hairpins`, whose client is the chosen endpoint itself
    scratch-*                    clear `meta priority`, in which pool and endpoint are carried from one map to the next
    guard                        drops packets of others to 127/8, where node ports are served there

Pools and endpoints are numbers (`ids`) that depend on names alone. So a changed endpoint is two elements less and two more, however many
addresses and node ports the Service has; there is no chain, rule, set or map of a Service or an endpoint, but one `pick-N` for each
number of slots that occurs.

Facts (nft 1.0.6, kernel 6.18): a map that `dnat` uses must be declared with `type`, or later rules with it are refused; with `typeof` alone
can a drawn number be part of a key. nft lists what is written here as it is written, but for line breaks and order.
On IPv6 a packet that is forwarded leaves with priority 0, whatever it came with.
"""
