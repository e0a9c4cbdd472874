import json
from ipaddress import ip_address

import pytest

from tests.validation.tables import call, cases, errors

NODE_PORTS = range(30000, 32768)
CHECKS = {
    "<allocated IPv4>": lambda held: ip_address(held).version == 4,
    "<allocated IPv6>": lambda held: ip_address(held).version == 6,
    "<allocated port>": lambda held: held in NODE_PORTS,
}


@pytest.mark.parametrize("case", cases("accepted"))
def test_svcc_takes_what_the_api_server_takes(case, tmp_path, capsys):
    code, out = call("check", case, tmp_path, capsys, "--format", "json")
    assert set() == errors(out)
    assert code == 0


@pytest.mark.parametrize("case", [case for case in cases("accepted") if "expect" in case.values[0]])
def test_svcc_makes_of_it_what_the_api_server_would(case, tmp_path, capsys):
    code, out = call("defaults", case, tmp_path, capsys, "-o", "json")
    held = json.loads(out)["items"]
    expected = case["expect"] if isinstance(case["expect"], list) else [case["expect"]]
    assert code == 0
    assert len(expected) == len(held)
    assert [] == [words for one, of in zip(expected, held, strict=True) for words in _differences(one, of, "")]


def _differences(expected, held, path):
    """Name every place where what is held is not what is expected of it; more may be held."""
    if isinstance(expected, dict) and isinstance(held, dict):
        return [
            words
            for key, value in expected.items()
            for words in _differences(value, held.get(key, "<absent>"), f"{path}.{key}".lstrip("."))
        ]
    if isinstance(expected, list) and isinstance(held, list) and len(expected) == len(held):
        pairs = enumerate(zip(expected, held, strict=True))
        return [words for index, (one, of) in pairs for words in _differences(one, of, f"{path}[{index}]")]
    if isinstance(expected, str) and expected in CHECKS:
        return [] if held != "<absent>" and CHECKS[expected](held) else [f"{path}: {held!r} is not {expected}"]
    return [] if expected == held else [f"{path}: {held!r} is not {expected!r}"]
