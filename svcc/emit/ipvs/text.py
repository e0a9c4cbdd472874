"""Print IPVS state as `ipvsadm -R` reads it, and read what `ipvsadm -Sn` prints.

-A -t 10.96.0.10:80 -s rr -p 10800                      VirtualKey("10.96.0.10", TCP, 80): Virtual("rr", persistence=10800)
-a -t 10.96.0.10:80 -r 10.128.7.21:8080 -m -w 1    ⇄    RealKey("10.128.7.21", 8080): Real(1)

parse(render(state)) == state, apart from addresses; ipvsadm 1.31 leaves thresholds (-x, -y) out of what it prints.
"""

from collections.abc import Iterator, Sequence

from svcc.emit.ipvs.ruleset import DR, MASQ, TUN, IpvsState, Real, RealKey, Virtual, VirtualKey
from svcc.net import Address, Protocol

_PROTOCOLS = {Protocol.TCP: "-t", Protocol.UDP: "-u", Protocol.SCTP: "--sctp-service"}
_BY_OPTION = {option: protocol for protocol, option in _PROTOCOLS.items()}
_FORWARDING = {MASQ: "-m", DR: "-g", TUN: "-i"}
_BY_FORWARDING = {option: word for word, option in _FORWARDING.items()}
_TUNNEL = "ipip"
_DEFAULT_PERSISTENCE = 360
_PLACE = 2
"""The word of a line that says where connections arrive."""


def render(state: IpvsState) -> str:
    """Return the input of `ipvsadm -R`, each virtual server followed by its real servers."""
    return "".join(f"{line}\n" for line in _lines(state))


def _lines(state: IpvsState) -> Iterator[str]:
    reals: dict[VirtualKey, list[tuple[RealKey, Real]]] = {}
    for (at, to), real in state.reals.items():
        reals.setdefault(at, []).append((to, real))
    for at, virtual in state.virtuals.items():
        place = _place(at)
        yield f"-A {place} -s {virtual.scheduler}{_options(at, virtual)}"
        for to, real in reals.get(at, ()):
            limits = f" -x {real.upper} -y {real.lower}" if real.upper or real.lower else ""
            tunnel = f" --tun-type {_TUNNEL}" if real.forwarding == TUN else ""
            yield f"-a {place} -r {to} {_FORWARDING[real.forwarding]} -w {real.weight}{tunnel}{limits}"


def _place(at: VirtualKey) -> str:
    return f"{_PROTOCOLS[at.protocol]} {RealKey(at.address, at.port)}"


def _options(at: VirtualKey, virtual: Virtual) -> str:
    found = f" -p {virtual.persistence}" if virtual.persistence is not None else ""
    # For IPv6 the netmask of persistence is a length that ipvsadm does not fill in by itself.
    found += " -M 128" if found and ":" in at.address else ""
    flags = [one for one in virtual.flags if one != "ops"]
    return found + (f" -b {','.join(flags)}" if flags else "") + (" -o" if "ops" in virtual.flags else "")


def parse(text: str) -> IpvsState:
    """Return the virtual and real servers of a text.

    Raises:
        ValueError: a line is not one of ipvsadm's, or one of a kind that svcc never makes (a firewall mark, a GUE tunnel).
    """
    virtuals: dict[VirtualKey, Virtual] = {}
    reals: dict[tuple[VirtualKey, RealKey], Real] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] not in ("-A", "-a") or len(words) <= _PLACE or words[1] not in _BY_OPTION:
            raise ValueError(f"line {number} is not about a virtual server: {line[:80]}")
        address, port = _endpoint(words[_PLACE])
        at = VirtualKey(address, _BY_OPTION[words[1]], port)
        if words[0] == "-A":
            virtuals[at] = _virtual(words[_PLACE + 1 :])
        else:
            to, real = _real(words[_PLACE + 1 :])
            reals[at, to] = real
    return IpvsState(virtuals, reals)


def _virtual(words: Sequence[str]) -> Virtual:
    scheduler, persistence, flags = "wlc", None, list[str]()
    rest = iter(words)
    for word in rest:
        match word:
            case "-s":
                scheduler = next(rest)
            case "-p":
                persistence = int(next(rest, str(_DEFAULT_PERSISTENCE)))
            case "-b":
                flags += next(rest).split(",")
            case "-o":
                flags.append("ops")
            case "-M":
                next(rest)
            case _:
                raise ValueError(f"unknown option {word}")
    return Virtual(scheduler, tuple(sorted(flags)), persistence)


def _real(words: Sequence[str]) -> tuple[RealKey, Real]:
    to, weight, forwarding, lower, upper = RealKey(Address(""), 0), 1, DR, 0, 0
    rest = iter(words)
    for word in rest:
        match word:
            case "-r":
                to = RealKey(*_endpoint(next(rest)))
            case "-w":
                weight = int(next(rest))
            case "-x":
                upper = int(next(rest))
            case "-y":
                lower = int(next(rest))
            case "-m" | "-g" | "-i":
                forwarding = _BY_FORWARDING[word]
            case "--tun-type" if (kind := next(rest)) != _TUNNEL:
                raise ValueError(f"svcc makes no tunnels of the kind {kind}")
            case "--tun-type":
                pass
            case _:
                raise ValueError(f"unknown option {word}")
    return to, Real(weight, forwarding, lower, upper)


def _endpoint(text: str) -> tuple[Address, int]:
    address, _, port = text.rpartition(":")
    return Address(address.strip("[]")), int(port)
