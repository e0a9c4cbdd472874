"""The tree over prefixes: every key in one leaf, few rules a step, and one more key changes little."""

import random

import pytest

from svcc.emit.iptables.tree import LEAF, STEP, Branch, Leaf, Prefix, grow

BITS = 32
DEPTH = 16
PREFIX = Prefix(BITS, 10 << 24 | 96 << 16, 16)


def nodes(tree):
    yield tree
    for child in tree.children if isinstance(tree, Branch) else ():
        yield from nodes(child)


def leaves(tree):
    return [one for one in nodes(tree) if isinstance(one, Leaf)]


def depth(tree):
    return 1 + max(map(depth, tree.children)) if isinstance(tree, Branch) else 0


def some(count, seed=1):
    return sorted(PREFIX.low + one for one in random.Random(seed).sample(range(1 << 16), count))


def dense(count):
    return [PREFIX.low + one for one in range(count)]


KEYS = {
    "none": [],
    "one": some(1),
    "four": some(4),
    "five": some(5),
    "dense": dense(300),
    "sparse": some(300),
    "many": some(5000),
}


@pytest.fixture(params=KEYS)
def keys(request):
    return KEYS[request.param]


def test_every_key_is_in_exactly_one_leaf(keys):
    assert keys == [key for leaf in leaves(grow(keys, PREFIX, DEPTH)) for key in leaf.keys]


def test_a_step_has_four_rules_at_most(keys):
    tree = grow(keys, PREFIX, DEPTH)
    assert all(2 <= len(one.children) <= 1 << STEP for one in nodes(tree) if isinstance(one, Branch))
    assert all(len(one.keys) <= LEAF for one in leaves(tree))


def test_children_lie_in_their_parents_prefix_and_keys_in_their_leafs(keys):
    for one in nodes(grow(keys, PREFIX, DEPTH)):
        room = BITS - one.length
        below = one.keys if isinstance(one, Leaf) else [child.low for child in one.children]
        assert {one.low >> room} >= {low >> room for low in below}
        assert isinstance(one, Leaf) or all(child.length > one.length for child in one.children)


def test_a_packet_crosses_few_rules_among_many_services():
    assert depth(grow(some(5000), PREFIX, DEPTH)) <= 8


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("make", [some, lambda count, _: dense(count)])
def test_one_more_key_changes_at_most_two_chains(make, seed):
    chance = random.Random(seed)
    keys = make(chance.randrange(1, 400), seed)
    new = chance.choice(sorted(set(range(PREFIX.low, PREFIX.low + (1 << 16))) - set(keys)))
    before, after = chains(grow(keys, PREFIX, DEPTH)), chains(grow(sorted([*keys, new]), PREFIX, DEPTH))
    changed = [place for place, held in before.items() if place in after and after[place] != held]
    assert [] == [place for place in before if place not in after]
    assert len(changed) <= 2


def chains(tree):
    """Return what each chain holds: the prefixes that it sends to, or the keys of a leaf. The first is always there."""
    held = {(one.low, one.length): shown(one) for one in nodes(tree)}
    return {**{place: what for place, what in held.items() if place != (tree.low, tree.length)}, "first": shown(tree)}


def shown(node):
    return node.keys if isinstance(node, Leaf) else tuple((one.low, one.length) for one in node.children)


def test_prefixes_stand_at_fixed_steps_whatever_the_keys_are():
    lengths = {one.length % STEP for count in (7, 80, 400) for one in nodes(grow(some(count), PREFIX, DEPTH))}
    assert {0} == lengths


@pytest.mark.parametrize("allowed", [0, 1, 2, 5])
def test_a_tree_is_never_deeper_than_allowed_and_keeps_every_key(allowed):
    tree = grow(some(500), PREFIX, allowed)
    assert depth(tree) <= allowed
    assert some(500) == [key for leaf in leaves(tree) for key in leaf.keys]


def test_a_step_with_one_branch_is_skipped():
    near = [PREFIX.low + offset for offset in (0, 1, 4, 8, 12)]
    tree = grow(near, PREFIX, DEPTH)
    assert (28, [30, 30, 30, 30]) == (tree.length, [one.length for one in tree.children])


def test_keys_of_the_full_length_share_a_leaf_only_when_equal():
    keys = [PREFIX.low + offset for offset in range(5)]
    assert [4, 1] == [len(one.keys) for one in leaves(grow(keys, PREFIX, DEPTH))]
