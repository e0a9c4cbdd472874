"""What the tests inside the machine need of their kernel, said where it is missing.

    demand_ip_vs()  ->  AssertionError: this kernel has no ip_vs (no /proc/net/ip_vs): `make vm` runs these tests on one that has

It is what `conftest` asks for first, so that nothing of these tests is ever skipped.
"""

from pathlib import Path

IP_VS = Path("/proc/net/ip_vs")


def demand_ip_vs(shown: Path = IP_VS) -> None:
    """Fail unless ip_vs is loaded."""
    assert shown.exists(), f"this kernel has no ip_vs (no {shown}): `make vm` runs these tests on one that has"
