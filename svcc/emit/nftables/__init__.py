"""nftables: a fixed skeleton of chains, and everything of the Services in maps.

The way of a first packet, with the objects that it meets:

    nat-prerouting, nat-output   the hooks: to `services`, and a packet that comes back with a number and no translation is dropped
    services                     asks, in turn, `policies`, `pools`, `owned`, `service-cidrs`; addresses of the node itself go to `node-ports`
    node-ports                   the same for node ports, whose maps have the prefix `port-`; `node-ports-on` limits the addresses that have them
      policies                   frontend → what is special about its clients: a policy's chain, or `gated`
      gated, allowed, gates      source ranges: who is not in `allowed` is dropped; then the policy that `gates` names
      from-cluster               everyone but `pods` is masqueraded      masquerade-it   everyone is
      outside-local              pods and the node's own processes go to every endpoint, all others to those of this node: `other`
      pools, others              frontend → pool, and its other pool (of local endpoints)
      owned, unserved            cluster IPs: ports that nobody serves are refused; those of other proxies are left alone
      service-cidrs              addresses of the service ranges that are no cluster IP: dropped
    pick, picks                  pool → the chain for its number of slots, or `refuse`, or `discard`
    pick-N, hash-N               draws one of N slots, by chance or by the client's address
      slots                      pool . slot → endpoint; an endpoint of weight 3 has three slots
    send, members                endpoint → address and port: the only DNAT
    sticky-N-T, sticky-hash-N-T  session affinity of T seconds: a client in `affinity` goes to the endpoint it had, any other is given one of N slots
      other-sticky-N-T           the same for a frontend's other pool
      known-T                    `affinity` remembers client → endpoint for another T; an endpoint that is gone is forgotten, and drawn anew
      pool, other-pool           look up the frontend's pool again
      sticky-send                `sticky`, `port-sticky`: frontend . endpoint → address and port, so that nobody is sent to another Service's endpoint
    nat-postrouting              masquerades what is marked, and hairpins, whose client is the chosen endpoint itself
      same                       each digit of an address beside itself: two addresses are equal when all their digits are (`hairpin`: the rest of IPv6's)
    scratch-prerouting, scratch-output    clear `meta priority`, in which pool and endpoint are carried from one map to the next
    guard                        drops packets of others to 127/8, where node ports are served there

Pools and endpoints are numbers (`ids`) that depend on names alone. So a changed endpoint is two elements less and two more, however many
addresses and node ports the Service has; there is no chain, rule, set or map of a Service or an endpoint, but one `pick-N` for each
number of slots that occurs.

A packet can be under way while a transaction is committed. Linux looks at rules as they were when the packet entered, and at elements as
they are now: it can find that what it was sent to is gone, or that a chain has no rules yet. It comes back to its hook with a number and no
translation, and is dropped there: the client tries again. If it left untranslated, its whole connection would stay so. New chains come in a
transaction before the one whose elements lead to them (`plan.nftables`), so that this is about endpoints that go, and about nobody else.

Each frontend carries the name of its Service port as a comment in `pools`, so that a listing, and `svcc trace --live`, can say whose it is.

Facts (nft 1.0.6, kernel 6.18): a map that `dnat` uses must be declared with `type`, or later rules with it are refused; with `typeof` alone
can a drawn number be part of a key. nft lists what is written here as it is written, but for line breaks and order.
On IPv6 a packet that is forwarded leaves with priority 0, whatever it came with.
"""
