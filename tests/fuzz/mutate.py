"""Make one input of another: on the tree of its values, on its text, and on its bytes.

    Mutator(seeds()).case(Random(7))  ->  Case(manifests=b"apiVersion: v1…", …)

Half of what happens to a tree is what could be right: values of the same field elsewhere, fields that belong there, so that many
cases come as far as the rules. The other half is hostile. The same random numbers lead to the same case.
"""

import json
import pickle
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import yaml

from tests.fuzz.case import NAME, Case
from tests.fuzz.seeds import Seed
from tests.fuzz.words import HOSTILE, NAMES, NUMBERS, TOKENS
from tests.fuzz.write import Merge, Raw, Shared, written

Slot = tuple[Any, Any]
"""A mapping or a list, and the key or index in it."""

ODD = (None, True, False, [], {}, [None], {"": ""}, [[]], "", 0, -1, 1.5, Raw("~"), Raw("!!str 5"), Raw("!!int a"), Raw("!!binary a"), Raw("!x {a: b}"))  # fmt: skip


class Mutator:
    """Knows every value that some field has in the seeds, and makes cases of them."""

    def __init__(self, seeds: Sequence[Seed]) -> None:
        self.seeds = [one for one in seeds if one.documents]
        self.whole = seeds
        self.taken = [index for index, one in enumerate(self.seeds) if one.lock]
        self.configs = sorted({one.config for one in seeds if one.config})
        self.locks = sorted({one.lock for one in seeds if one.lock})
        self.config_trees = [
            yaml.load(one, yaml.CBaseLoader) for one in self.configs if "nodeName" in one or "kind" in one
        ]
        self.values: dict[str, list[bytes]] = {}
        """By the name of a field, or of a list and [], what it was seen to hold."""
        self.below: dict[str, list[str]] = {}
        """By the name of a field, which fields were seen below it."""
        self._learn()
        self.documents = [pickle.dumps(one) for seed in self.seeds for one in seed.documents]
        self.related = [_related(seed) for seed in self.seeds]

    def _learn(self) -> None:
        values: defaultdict[str, dict[bytes, None]] = defaultdict(dict)
        below: defaultdict[str, dict[str, None]] = defaultdict(dict)

        def visit(name: str, value: Any) -> None:
            if len(text := pickle.dumps(value)) < 2000:
                values[name][text] = None
            if isinstance(value, dict):
                for key, held in value.items():
                    below[name][key] = None
                    visit(key, held)
            elif isinstance(value, list):
                for held in value[:20]:
                    visit(f"{name}[]", held)

        for seed in self.seeds:
            for one in seed.documents:
                visit("", one)
        for tree in self.config_trees:
            visit("", tree)
        self.values = {name: list(held) for name, held in values.items()}
        self.below = {name: list(held) for name, held in below.items()}

    def case(self, rng: Random) -> Case:
        """Return one case."""
        kind = rng.random()
        name = rng.choice(NAMES) if rng.random() < 0.03 else NAME
        if kind < 0.25:
            seed = rng.choice(self.whole)
            content = self._bytes(rng, self._window(rng, seed.text.encode()))
            return Case(content, self._config(rng, seed), self._lock(rng, seed), name)
        # Most seeds show a mistake already; what svcc takes leads further.
        index = rng.choice(self.taken) if rng.random() < 0.7 else rng.randrange(len(self.seeds))
        seed = self.seeds[index]
        trees = self._trees(rng, index)
        for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 5))):
            self._mutate(rng, trees)
        content = self._text(rng, trees).encode(errors="replace")
        if kind < 0.30:
            content = self._bytes(rng, content)
        return Case(content, self._config(rng, seed), self._lock(rng, seed), name)

    def _trees(self, rng: Random, index: int) -> list[Any]:
        """Return a Service with its slices, or some documents of a seed, or of anywhere."""
        chosen = list(rng.choice(self.related[index]))
        while rng.random() < 0.15:
            chosen.append(rng.choice(self.documents))
        if rng.random() < 0.1:
            chosen.append(rng.choice(chosen))
        trees = [pickle.loads(one) for one in chosen]
        if rng.random() < 0.05:
            return [{"apiVersion": "v1", "kind": "List", "items": trees}]
        return trees

    # Trees ------------------------------------------------------------------------------------------------------------

    def _mutate(self, rng: Random, trees: list[Any]) -> None:
        slots = _slots(trees)
        holder, key, name = rng.choice(slots)
        operation = rng.choice(_LIKELY if rng.random() < 0.55 else _HOSTILE)
        operation(self, rng, holder, key, name, slots)

    def _seen(self, rng: Random, name: str) -> Any:
        return pickle.loads(rng.choice(self.values.get(name) or self.values["name"]))

    def _other_value(self, rng: Random, holder: Any, key: Any, name: str, _slots: list[Any]) -> None:
        holder[key] = self._seen(rng, name)

    def _more_fields(self, rng: Random, holder: Any, key: Any, name: str, _slots: list[Any]) -> None:
        held = holder[key]
        if isinstance(held, dict) and name in self.below:
            added = rng.choice(self.below[name])
            held[added] = self._seen(rng, added)
        elif isinstance(held, list):
            held.append(self._seen(rng, f"{name}[]"))
        elif isinstance(holder, list):
            holder.insert(key, self._seen(rng, name))

    def _drop(self, _rng: Random, holder: Any, key: Any, _name: str, _slots: list[Any]) -> None:
        del holder[key]

    def _duplicate(self, rng: Random, holder: Any, key: Any, _name: str, _slots: list[Any]) -> None:
        copy = _copy(holder[key])
        if isinstance(holder, list):
            holder.insert(rng.randrange(len(holder) + 1), copy)
        else:
            holder[Raw(json.dumps(str(key)))] = copy

    def _number(self, rng: Random, holder: Any, key: Any, _name: str, _slots: list[Any]) -> None:
        held = holder[key]
        near = isinstance(held, int) and rng.random() < 0.5
        holder[key] = held + rng.choice((-1, 1)) if near else rng.choice(NUMBERS)

    def _retype(self, rng: Random, holder: Any, key: Any, _name: str, _slots: list[Any]) -> None:
        held = holder[key]
        made = (str(held), [held], {"a": held}, Raw(str(held)[:200]), _copy(rng.choice(ODD)), rng.choice(NUMBERS))
        holder[key] = rng.choice(made)

    def _rename(self, rng: Random, holder: Any, key: Any, name: str, _slots: list[Any]) -> None:
        if isinstance(holder, dict):
            names = (
                rng.choice(list(self.below)),
                rng.choice(HOSTILE),
                str(key).upper(),
                f"{key}s",
                str(key)[:-1],
                Raw(rng.choice(HOSTILE)),
                Raw(rng.choice(("[a]", "{a: b}", "[]", "? a"))),
            )
            holder[rng.choice(names)] = holder.pop(key)
        else:
            self._hostile(rng, holder, key, name, _slots)

    def _swap(self, rng: Random, holder: Any, key: Any, _name: str, slots: list[Any]) -> None:
        other, place, _ = rng.choice(slots)
        holder[key], other[place] = pickle.loads(pickle.dumps((other[place], holder[key])))

    def _hostile(self, rng: Random, holder: Any, key: Any, _name: str, _slots: list[Any]) -> None:
        word = rng.choice(HOSTILE)
        kind = rng.random()
        if kind < 0.3 and isinstance(holder[key], str):
            word = rng.choice(
                (f"{holder[key]}{word}", f"{word}{holder[key]}", f"{holder[key][:2]}{word}{holder[key][2:]}")
            )
        holder[key] = Raw(word) if kind > 0.8 else word

    def _deep(self, rng: Random, holder: Any, key: Any, _name: str, _slots: list[Any]) -> None:
        depth = rng.choice((3, 20, 190, 199, 200, 201, 400))
        holder[key] = Raw("[" * depth + "a" + "]" * depth if rng.random() < 0.5 else "{a: " * depth + "a" + "}" * depth)

    def _share(self, rng: Random, holder: Any, key: Any, _name: str, slots: list[Any]) -> None:
        shared = Shared(holder[key], f"a{rng.randrange(3)}")
        holder[key] = shared
        for _ in range(rng.choice((1, 1, 2, 8))):
            other, place, _ = rng.choice(slots)
            if place in other if isinstance(other, dict) else place < len(other):
                other[place] = Raw(f"*{shared.name}")

    def _merge(self, rng: Random, holder: Any, key: Any, _name: str, slots: list[Any]) -> None:
        held = holder[key]
        if not isinstance(held, dict):
            return
        parts = dict(list(held.items())[: rng.randrange(len(held) + 1)])
        rest = {one: value for one, value in held.items() if one not in parts or rng.random() < 0.3}
        sources = (
            parts,
            [parts, parts],
            [parts, {}],
            {"<<": parts},
            None,
            "a",
            [],
            Raw("*a0"),
            Raw("[*a0, *a1]"),
            [parts, Raw("*a0")],
        )
        holder[key] = Merge(rest, rng.choice(sources))

    def _move(self, rng: Random, holder: Any, _key: Any, _name: str, slots: list[Any]) -> None:
        tops = [one for one, place, _ in slots if place == "kind" and isinstance(one, dict)]
        if tops:
            top = rng.choice(tops)
            kind = rng.choice(
                (
                    "v1 Service",
                    "v1 Endpoints",
                    "discovery.k8s.io/v1 EndpointSlice",
                    "v1 Pod",
                    "v1 List",
                    "v1 ServiceList",
                    "v1 Other",
                    "discovery.k8s.io/v1beta1 EndpointSlice",
                )
            )
            top["apiVersion"], _, top["kind"] = kind.partition(" ")

    # Text -------------------------------------------------------------------------------------------------------------

    def _text(self, rng: Random, trees: list[Any]) -> str:
        if rng.random() < 0.5:
            try:
                return rng.choice(("\n---\n", "\n")).join(
                    [json.dumps(one, ensure_ascii=rng.random() < 0.5) for one in trees]
                )
            except TypeError:
                pass
        return "---\n".join(written(one, rng) for one in trees)

    def _config(self, rng: Random, seed: Seed) -> str:
        kind = rng.random()
        if kind < 0.85:
            return seed.config
        if kind < 0.9:
            return rng.choice(self.configs)
        if kind < 0.93:
            return self._bytes(rng, rng.choice(self.configs).encode()).decode(errors="replace")
        trees = [_copy(rng.choice(self.config_trees))]
        for _ in range(rng.choice((1, 1, 2, 3))):
            self._mutate(rng, trees)
        return written(trees[0], rng) if trees else ""

    def _lock(self, rng: Random, seed: Seed) -> str:
        kind = rng.random()
        if kind < 0.6:
            return ""
        lock = seed.lock or rng.choice(self.locks)
        if kind < 0.8:
            return lock
        lines = lock.splitlines()
        for _ in range(rng.choice((1, 1, 2, 4))):
            at = rng.randrange(len(lines) + 1)
            line = rng.choice(lines) if rng.random() < 0.6 else f"  {rng.choice(HOSTILE)}: {rng.choice(HOSTILE)}"
            if rng.random() < 0.4 and at < len(lines):
                before, _, after = lines[at].partition(": ")
                line = f"{before}: {rng.choice(HOSTILE)}" if rng.random() < 0.6 else f"  {rng.choice(HOSTILE)}: {after}"
                lines[at] = line
            else:
                lines.insert(at, line)
        return "\n".join(lines) + "\n"

    def _window(self, rng: Random, text: bytes) -> bytes:
        """Return a few documents of a long text, so that one case stays quick."""
        if len(text) < 1500 or rng.random() < 0.03:
            return text
        parts = text.split(b"\n---\n")
        at = rng.randrange(len(parts))
        return b"\n---\n".join(parts[at : at + rng.choice((1, 2, 3))])[:6000]

    def _bytes(self, rng: Random, text: bytes) -> bytes:
        held = bytearray(text)
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            at = rng.randrange(len(held) + 1)
            length = rng.choice((1, 1, 2, 4, 20, 100))
            kind = rng.randrange(8)
            if kind == 0:
                del held[at : at + length]
            elif kind == 1:
                held[at:at] = rng.choice(TOKENS)
            elif kind == 2:
                held[at : at + length] = rng.choice(TOKENS)
            elif kind == 3:
                held[at : at + 1] = bytes((rng.randrange(256),))
            elif kind == 4:
                held[at:at] = held[at : at + length] * rng.choice((1, 2, 10))
            elif kind == 5:
                start = rng.randrange(len(held) + 1)
                held[at:at] = held[start : start + length]
            elif kind == 6:
                held[at:at] = rng.choice(HOSTILE).encode(errors="replace")
            elif rng.random() < 0.2:
                del held[at:]
            else:
                _line(rng, held, at)
        return bytes(held)


Operation = Callable[..., None]
_LIKELY: tuple[Operation, ...] = (
    Mutator._other_value,
    Mutator._other_value,
    Mutator._other_value,
    Mutator._more_fields,
    Mutator._more_fields,
    Mutator._more_fields,
    Mutator._drop,
    Mutator._duplicate,
    Mutator._number,
    Mutator._share,
    Mutator._merge,
)
_HOSTILE: tuple[Operation, ...] = (
    Mutator._hostile,
    Mutator._hostile,
    Mutator._hostile,
    Mutator._hostile,
    Mutator._retype,
    Mutator._retype,
    Mutator._rename,
    Mutator._swap,
    Mutator._deep,
    Mutator._number,
    Mutator._share,
    Mutator._merge,
    Mutator._move,
    Mutator._drop,
)


def _line(rng: Random, held: bytearray, at: int) -> None:
    """Drop the line at a place, or double it, or move it in or out."""
    start, stop = held.rfind(b"\n", 0, at) + 1, held.find(b"\n", at) + 1 or len(held)
    line = bytes(held[start:stop])
    held[start:stop] = rng.choice((b"", line * 2, b"  " + line, line.removeprefix(b"  "), b"- " + line))


def _slots(trees: list[Any]) -> list[tuple[Any, Any, str]]:
    """Return every place of a value, with the name of its field."""
    found: list[tuple[Any, Any, str]] = []
    stack: list[tuple[Any, str]] = [(trees, "")]
    while stack:
        holder, name = stack.pop()
        if isinstance(holder, dict):
            for key, held in holder.items():
                found.append((holder, key, str(key)))
                if isinstance(held, dict | list):
                    stack.append((held, str(key)))
        else:
            below = f"{name}[]" if name else ""
            for index, held in enumerate(holder):
                found.append((holder, index, below))
                if isinstance(held, dict | list):
                    stack.append((held, below))
    return found or [([None], 0, "")]


def _related(seed: Seed) -> list[list[bytes]]:
    """Return each Service of a seed with what carries its name, and each other document alone."""
    groups: dict[str, list[bytes]] = {}
    for position, one in enumerate(seed.documents):
        meta = one.get("metadata") if isinstance(one, dict) else None
        meta = meta if isinstance(meta, dict) else {}
        labels = meta.get("labels") if isinstance(meta.get("labels"), dict) else {}
        name = labels.get("kubernetes.io/service-name") or meta.get("name") or position
        groups.setdefault(str(name), []).append(pickle.dumps(one))
    return list(groups.values())


def _copy(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))
