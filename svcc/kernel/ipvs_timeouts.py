"""After how many seconds of silence ip_vs forgets a connection, as settings beside those of /proc/sys.

    read("ipvs.tcpTimeout")          ->  "900"       None on a kernel in which ip_vs is not loaded
    write("ipvs.tcpTimeout", "600")                  as `ipvsadm --set 600 0 0` does

Each network namespace has its own. 0 would leave one as it is, so it is no value.
"""

import os
import struct

from svcc.kernel import ipvs_wire as wire
from svcc.kernel import modules
from svcc.kernel.base import Denied, KernelError
from svcc.kernel.genetlink import Channel
from svcc.kernel.netlink import attributes

PREFIX = "ipvs."
_NUMBERS = {
    f"{PREFIX}{name}": number
    for name, number in zip(("tcpTimeout", "tcpFinTimeout", "udpTimeout"), wire.TIMEOUTS, strict=True)
}


def read(key: str) -> str | None:
    """Return a time-out in seconds, or None where ip_vs is not loaded."""
    if not modules.present("ip_vs"):
        return None
    channel = Channel(wire.FAMILY, wire.VERSION)
    try:
        (told,) = channel.ask(wire.GET_CONFIG, every=False)
        (seconds,) = struct.unpack("=I", dict(attributes(told))[_NUMBERS[key]])
        return str(seconds)
    except OSError as problem:
        raise Denied(
            f"the setting {key} cannot be read: {os.strerror(problem.errno or 0)}", hint="run svcc as root"
        ) from None
    finally:
        channel.close()


def write(key: str, value: str) -> None:
    """Set a time-out.

    Raises:
        KernelError: ip_vs refuses it.
    """
    channel = Channel(wire.FAMILY, wire.VERSION)
    try:
        refused = channel.tell([(wire.SET_CONFIG, struct.pack("=HHI", 8, _NUMBERS[key], int(value)))])
    finally:
        channel.close()
    if refused:
        raise KernelError(f"the setting {key} cannot be set to {value}: {os.strerror(refused[0])}")
