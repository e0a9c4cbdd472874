"""Elements of sets and maps in memory: how they come and go, and what nft or the kernel refuses.

    add    5c01:1 : 10.0.0.1 . 80    it is there so already      nothing
    add    5c01:1 : 10.0.0.2 . 80    it has other data           File exists
    add    10.0.0.0/9                10.0.0.0/8 is there         interval overlaps with an existing one

As it was measured (nft 1.0.6, Linux 6.18): to add an element with another comment than it has is nothing; to delete one, only its key
counts. Networks of a set with one field are compared by nft, and may not overlap; with several fields by the kernel, which refuses one
that begins or ends in another, takes one around another, and deletes the first that holds the network's first address.
"""

from collections.abc import Iterator

from svcc.kernel.fake_nft_script import Command, Refused
from svcc.kernel.fake_nft_table import EXISTS, INVALID, MISSING, Held, HeldSet, check_aim
from svcc.kernel.fake_nft_types import VERDICT, misfit, network


def _parted(table: Held, command: Command) -> tuple[HeldSet, str, str, str]:
    """Return the set or map, and the key, comment and data of an element of it."""
    held = table.sets.get(command.name)
    if held is None:
        raise Refused(MISSING, command.name, by_kernel=False)
    key, quoted, rest = command.text.partition(' comment "')
    comment, _, rest = rest.partition('"') if quoted else ("", "", "")
    if quoted:
        data = rest.removeprefix(" : ")
    else:
        key, _, data = command.text.partition(" : ")
    wrong = misfit(key, held.key_types, interval=held.interval)
    if wrong is None and data:
        wrong = misfit(data, held.data_types)
    if data and not held.data_types:
        raise Refused("set is not a map", data, by_kernel=False)
    if wrong == data and misfit(data, VERDICT) is None:
        # nft takes a verdict for any data; only the kernel does not, when it is to keep it.
        wrong = None
    if wrong is not None:
        raise Refused(f"datatype mismatch, {command.name} is declared {held.head[0]}", wrong, by_kernel=False)
    return held, key, comment, data


def add_element(table: Held, command: Command) -> None:
    """Add an element, or raise Refused."""
    held, key, comment, data = _parted(table, command)
    blamed = _left(command.text)
    if held.data_types and misfit(data, held.data_types) is not None:
        raise Refused(INVALID, blamed)
    if data.startswith(("goto ", "jump ")):
        check_aim(table, data.partition(" ")[2], blamed)
    if held.interval and key not in held.elements:
        _check_interval(held, key)
    if held.elements.get(key, data) != data:
        raise Refused(EXISTS, blamed)
    if comment and key not in held.elements:
        held.comments[key] = comment
    held.elements[key] = data


def _check_interval(held: HeldSet, key: str) -> None:
    first, last = _ends(key)
    alone = len(held.key_types) == 1
    for one in _beside(held, key):
        lowest, highest = _ends(one)
        if alone and first <= highest and lowest <= last:
            raise Refused("interval overlaps with an existing one", key, by_kernel=False)
        if not alone and (lowest <= first <= highest or lowest <= last <= highest):
            raise Refused(EXISTS, key)


def delete_element(table: Held, command: Command) -> None:
    """Delete an element, or raise Refused."""
    held, key, _, _ = _parted(table, command)
    if held.interval and len(held.key_types) > 1:
        first = _ends(key)[0]
        found = (one for one in _beside(held, key) if _ends(one)[0] <= first <= _ends(one)[1])
        there = next(found, None)
    else:
        there = key if key in held.elements else None
    if there is None:
        alone = held.interval and len(held.key_types) == 1
        raise Refused("element does not exist" if alone else MISSING, _left(command.text), by_kernel=not alone)
    del held.elements[there]
    held.comments.pop(there, None)


def _left(text: str) -> str:
    """Return what of an element stands before its data."""
    return text.rpartition(" : ")[0] or text


def _beside(held: HeldSet, key: str) -> Iterator[str]:
    """Yield the keys that differ from one in their network alone, in the order in which they came."""
    start = key.rpartition(" . ")[0]
    return (one for one in held.elements if one.rpartition(" . ")[0] == start)


def _ends(key: str) -> tuple[int, int]:
    """Return the first and the last address of the network that a key ends with."""
    held = network(key.rpartition(" . ")[2])
    return int(held.network_address), int(held.broadcast_address)
