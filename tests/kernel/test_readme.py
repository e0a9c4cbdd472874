"""What the README shows of a kernel is what a kernel shows."""

import re
import subprocess
from pathlib import Path

import pytest

from svcc.cli.main import run

pytestmark = pytest.mark.kernel

TOP = Path(__file__).parents[2]


def test_the_listing_of_three_services_is_what_nft_lists(namespace):
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```nft\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    assert 0 == run(["apply", str(TOP / "examples/three"), "-q"])
    listed = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    remaining = iter(sorted_elements(listed))
    missing = [line for line in sorted_elements(shown) if line != "…" and line not in remaining]
    assert [] == missing


def sorted_elements(text):
    """Return the lines of a listing, its elements in an order that does not hang on the kernel's hash."""
    for block in re.split(r"(elements = \{.*?\})", text, flags=re.DOTALL):
        if block.startswith("elements = {"):
            yield from sorted(one.strip() for one in block[len("elements = {") : -1].split(","))
        else:
            yield from (line.strip() for line in block.splitlines() if line.strip())
