"""Read what the tools list, without svcc: objects in no order that hangs on when they were made, rules in theirs.

saved("*nat\n:A - [0:0]\n-A A -j RETURN\nCOMMIT\n")     ->  {("nat", "A"): ["-j RETURN"]}
listed("table ip t {\n\tset s {\n…")                    ->  {("ip t", "set s"): ["type ipv4_addr", "elements 10.0.0.1"]}
"""

import re

_ELEMENTS = re.compile(r"elements = \{(.*?)\}", re.DOTALL)
_TABLE = re.compile(r"^table (\S+ \S+) \{\n(.*?)^\}$", re.DOTALL | re.MULTILINE)
_OBJECT = re.compile(r"^\t(\w+ \S+) \{\n(.*?)^\t\}$", re.DOTALL | re.MULTILINE)
_COUNTED = re.compile(r"packets \d+ bytes \d+")


def saved(text):
    """Return each chain of a text of iptables-save with its rules; the policy of a base chain stands first."""
    found, table = {}, ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            name, policy, _ = line[1:].split(" ")
            found[table, name] = [] if policy == "-" else [policy]
        elif line.startswith("-A "):
            _, name, rule = line.split(" ", 2)
            found[table, name].append(rule)
    return found


def listed(text):
    """Return each object of a text of `nft list ruleset` with its lines, elements sorted and without their times."""
    found = {}
    for place, body in _TABLE.findall(text):
        found[place, ""] = [line.strip() for line in _OBJECT.sub("", body).splitlines() if line.strip()]
        for name, inside in _OBJECT.findall(body):
            elements = sorted(" ".join(one.split()) for held in _ELEMENTS.findall(inside) for one in _split(held))
            lines = [_COUNTED.sub("", line.strip()) for line in _ELEMENTS.sub("", inside).splitlines() if line.strip()]
            found[place, name] = [*lines, *elements]
    return found


def _split(elements):
    return [one for one in re.findall(r'(?:[^,"]|"[^"]*")+', elements) if one.strip()]


def difference(before, after):
    """Return what is not the same in two listings, for the message of a test that fails."""
    return {
        place: (before.get(place), after.get(place))
        for place in before.keys() | after.keys()
        if before.get(place) != after.get(place)
    }
