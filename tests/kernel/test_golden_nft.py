"""The nftables tables of every golden, and the companions of IPVS, are taken by nft, and the kernel lists them as they were."""

import os
import subprocess

import pytest
import yaml

from svcc.diag import Diagnostics, Source, Stopped
from svcc.emit.nftables.text import parse, render
from svcc.model.decode_config import decode_config
from svcc.pipeline import compile_graph, lower_ipvs, lower_nftables
from svcc.reading import read
from tests.golden.compiled import CASES

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def nft():
    """Give a function that runs nft in one network namespace made for all the tables."""
    name = f"svcc-nft-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)

    def run(*argv, stdin=""):
        words = ["ip", "netns", "exec", name, "nft", *argv]
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
        assert ("", 0) == (done.stderr, done.returncode)
        return done.stdout

    try:
        yield run
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def tables(case, lower):
    held = yaml.safe_load(case.read_text(encoding="utf-8"))
    sink = Diagnostics()
    node = decode_config(
        Source("svcc.yaml", held.get("config") or "apiVersion: svcc.dev/v1alpha1\nkind: NodeConfig\n"), sink
    )
    try:
        graph = compile_graph(read([Source("input.yaml", held["input"])], node, sink).manifests, node).graph
        return [one for one in lower(graph, node, sink).values() if one.chains]
    except Stopped:
        return []


def comments(table):
    return {name: one.comments for name, one in table.collections.items()}


LOWER = {
    "nftables": lambda graph, _, sink: lower_nftables(graph, sink),
    "ipvs": lambda graph, node, sink: lower_ipvs(graph, node, sink).companions,
}


@pytest.mark.parametrize("target", LOWER)
@pytest.mark.parametrize("case", CASES, ids=lambda one: f"{one.parent.name}/{one.stem}")
def test_the_kernel_lists_every_golden_as_it_was_printed(case, target, nft):
    for table in tables(case, LOWER[target]):
        nft("-f", "-", stdin=render(table))
        try:
            listed = parse(nft("list", "table", table.word, table.name))
            assert table == listed
            assert comments(table) == comments(listed)
        finally:
            nft("delete", "table", table.word, table.name)
