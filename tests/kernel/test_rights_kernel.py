"""svcc does all its work with CAP_NET_ADMIN alone, and names the capability without which it cannot."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from test_cli_kernel import everything

from svcc.kernel.backend import Backend

pytestmark = pytest.mark.kernel

NOBODY = 65534
AS_NOBODY = """
import ctypes, importlib, os, pkgutil, sys
import click.testing, jinja2, pyroute2, rich.console, rich.table, svcc
for module in pkgutil.walk_packages(svcc.__path__, "svcc."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from svcc.cli.main import run
bits = int(sys.argv.pop(1), 16)
libc = ctypes.CDLL(None)
word, head = ctypes.c_uint32, (ctypes.c_uint32 * 2)(0x20080522, 0)
assert libc.prctl(8, 1, 0, 0, 0) == 0
os.setgroups([]); os.setgid({nobody}); os.setuid({nobody})
assert libc.capset(head, (word * 6)(bits, bits, bits, 0, 0, 0)) == 0
for number in range(32):
    if bits >> number & 1:
        assert libc.prctl(47, 2, number, 0, 0) == 0
sys.exit(run(sys.argv[1:]))
"""
"""Become nobody, with ambient capabilities; what svcc imports late is imported before, since nobody may not be able to read it."""
NET_ADMIN, NET_RAW = 1 << 12, 1 << 13
MANIFESTS = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: lab}
spec:
  clusterIP: 10.96.0.10
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: lab, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.128.7.2]}]
"""


@pytest.fixture
def folder():
    """A folder of nobody's, where nobody can reach it."""
    with tempfile.TemporaryDirectory(prefix="svcc-nobody-") as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@pytest.fixture
def as_nobody(namespace, folder):
    """Run svcc in the namespace as nobody with some capabilities."""

    def svcc(bits, *words):
        assert namespace
        return subprocess.run(
            [sys.executable, "-c", AS_NOBODY.format(nobody=NOBODY), f"{bits:x}", *words],
            input=MANIFESTS,
            cwd="/",
            env={**os.environ, "SVCC_RUN_DIR": f"{folder}/run", "SVCC_STATE_DIR": f"{folder}/state"},
            capture_output=True,
            text=True,
            check=False,
        )

    return svcc


@pytest.fixture
def reachable(namespace):
    """Have an endpoint in the namespace itself, and a way to the Service's address; tell what a client gets."""
    for words in (
        "link set lo up",
        "address add 10.128.7.2/32 dev lo",
        "route add 10.96.0.0/16 dev lo",
    ):
        subprocess.run(["ip", "-n", namespace, *words.split()], check=True)
    listening = socket.create_server(("10.128.7.2", 8080))

    def answer():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"hello")

    server = threading.Thread(target=answer, daemon=True)
    server.start()

    def asked():
        with socket.create_connection(("10.96.0.10", 80), timeout=5) as connection:
            return connection.recv(16)

    yield asked
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    server.join()


WORDS = {"iptables": ("--mode", "iptables", "--backend", "nft"), "nftables": ("--mode", "nftables")}


@pytest.mark.parametrize("mode", WORDS)
def test_an_apply_needs_no_more_than_cap_net_admin(mode, as_nobody, reachable, folder):
    before = everything(Backend.NFT)
    for command, told in (
        (("apply", "-", *WORDS[mode]), "Applied, and read back."),
        (("status", "-", *WORDS[mode]), "The kernel is as the manifests say."),
        (("rollback",), "Rolled back"),
        (("apply", "-", *WORDS[mode]), "Applied, and read back."),
    ):
        done = as_nobody(NET_ADMIN, *command)
        assert (0, True) == (done.returncode, told in done.stdout), done
        if command[0] == "status":
            assert b"hello" == reachable()
    assert b"hello" == reachable()
    done = as_nobody(NET_ADMIN, "clean")
    assert 0 == done.returncode, done
    assert before == everything(Backend.NFT)
    assert {0o700} == {one.stat().st_mode & 0o777 for one in (folder / "run", folder / "state")}
    assert {0o600} == {one.stat().st_mode & 0o777 for one in (folder / "run").iterdir()}


@pytest.mark.parametrize("command", ["plan", "apply", "status", "clean"])
@pytest.mark.parametrize("mode", WORDS)
def test_the_missing_capability_is_named(mode, command, as_nobody):
    before = everything(Backend.NFT)
    words = () if command == "clean" else ("-", *WORDS[mode])
    done = as_nobody(NET_RAW, command, *words)
    assert (4, "") == (done.returncode, done.stdout), done
    assert "needs CAP_NET_ADMIN, which this process does not have" in done.stderr
    assert "hint   run svcc as root, or with CAP_NET_ADMIN" in done.stderr
    assert before == everything(Backend.NFT)


def test_entering_a_namespace_takes_another_capability(as_nobody, namespace):
    done = as_nobody(NET_ADMIN, "status", "--netns", namespace)
    assert (4, "") == (done.returncode, done.stdout), done
    assert f"entering the network namespace '{namespace}' needs CAP_SYS_ADMIN" in done.stderr


def test_what_legacy_iptables_holds_is_said_to_be_hidden(as_nobody, namespace):
    subprocess.run(["iptables-legacy", "-t", "nat", "-N", "HOST"], check=True)
    assert Path("/proc/net/ip_tables_names").exists()
    done = as_nobody(NET_ADMIN, "plan", "-", "--mode", "nftables")
    assert 0 == done.returncode, done
    assert "what legacy iptables holds is told to root alone" in done.stderr
    done = as_nobody(NET_ADMIN, "apply", "-", "--mode", "iptables", "--backend", "legacy")
    assert (4, "") == (done.returncode, done.stdout), done
    assert "lock" in done.stderr
