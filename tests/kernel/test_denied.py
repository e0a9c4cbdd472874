"""Without root every room of the kernel says so, in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.kernel

NOBODY = 65534
CODE = """
import os, sys
from svcc.kernel import backend, lock, netns, state, sysctl
from svcc.kernel.base import Denied
from svcc.kernel.iptables import Iptables
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
try:
    {statement}
except Denied as problem:
    print(problem.message)
"""


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("backend.read_all()", "needs CAP_NET_ADMIN, which this process does not have"),
        (
            "Iptables(backend.Backend.NFT).snapshot()",
            "iptables-nft-save needs CAP_NET_ADMIN, which this process does not have",
        ),
        (
            r"Iptables(backend.Backend.LEGACY)._tools.restore(backend.Family.IPV4, '*nat\nCOMMIT\n')",
            "iptables-legacy-restore may not open its lock",
        ),
        (
            "netns.enter({name!r})",
            "entering the network namespace '{name}' needs CAP_SYS_ADMIN, which this process does not have",
        ),
        (
            "sysctl.write('net.ipv4.ip_forward', '1')",
            "to set net.ipv4.ip_forward to 1 needs CAP_NET_ADMIN, which this process does not have",
        ),
        ("lock.hold('host').__enter__()", "cannot be made: Permission denied"),
        ("state.load('host', '')", "cannot be read: Permission denied"),
        ("state.save('host', state.State('', '', ''))", "cannot be made: Permission denied"),
    ],
)
def test_without_root_it_is_denied(statement, message, namespace, tmp_path):
    folder = tmp_path / "roots"
    folder.mkdir(mode=0o700)
    code = CODE.format(nobody=NOBODY, statement=statement.format(name=namespace))
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "SVCC_RUN_DIR": str(folder / "run"), "SVCC_STATE_DIR": str(folder / "state")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stderr, ended.returncode) == ("", 0)
    assert message.format(name=namespace) in ended.stdout
