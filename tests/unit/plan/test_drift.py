import pytest

from svcc.plan.causes import Cause, Differs, Signs, Since, What, causes
from svcc.plan.change import Action, Change, ChangeReason
from svcc.plan.drift import Drift, judge, summary, words
from svcc.plan.owners import of_chain, of_table

DOCKER = {"Docker": ("chain DOCKER in IPv4 nat",)}
FIREWALLD = {"firewalld": ("table inet firewalld",)}


def change(key, before, after, subsystem="iptables", kind="chain"):
    action = Action.CREATE if before is None else Action.DELETE if after is None else Action.UPDATE
    return Change(action, subsystem, kind, key, before, after, ChangeReason.DIFFERS)


def jump(chain):
    return change(f"IPv4 nat {chain}", None, ("-j SVCC-SERVICES",), kind="jump")


JUMP = jump("PREROUTING")
EDIT = change("IPv4 nat SVCC-A", ("x", "z"), ("x", "y"))
HELD = frozenset({"IPv4 nat"})


def found(*changes, held=HELD, signs=None, carrier="iptables-nft", stray=False):
    return [(one.what, one.who) for one in causes(Differs(carrier, changes, held, stray), signs or Signs())]


def test_an_object_that_the_kernel_holds_as_it_was_applied_differs_by_the_manifests():
    planned = (JUMP, EDIT, change("IPv4 nat SVCC-B", None, ("z",)))
    drift = judge(planned, [Differs("iptables-nft", (JUMP, EDIT), HELD)], Signs())
    assert ((JUMP, EDIT), 1) == (drift.by_somebody, drift.by_manifests)


def test_what_somebody_changed_to_what_the_manifests_want_now_is_no_drift():
    drift = judge((), [Differs("iptables-nft", (EDIT,), HELD)], Signs())
    assert Drift(known=True) == drift


def test_without_a_last_apply_everything_is_the_manifests_and_nobody_is_blamed():
    drift = judge((JUMP, EDIT), None, Signs(programs=DOCKER))
    assert Drift(known=False, by_manifests=2) == drift
    assert "What was applied last is not known here, if anything was: who has changed what cannot be told." == summary(
        drift
    )


@pytest.mark.parametrize(
    ("theirs", "manifests", "line"),
    [
        ((), 0, ""),
        ((JUMP,), 0, "1 object was changed by somebody since the last apply."),
        (
            (JUMP, EDIT),
            5,
            "2 objects were changed by somebody since the last apply; 5 differ because the manifests changed.",
        ),
        ((), 1, "Nobody has changed anything since the last apply; 1 differs because the manifests changed."),
    ],
)
def test_the_summary_counts_both(theirs, manifests, line):
    assert line == summary(Drift(known=True, by_somebody=theirs, by_manifests=manifests))


def test_only_jumps_that_are_gone_name_who_fills_base_chains_if_there_is_a_sign_of_it():
    assert [(What.JUMPS, ())] == found(JUMP)
    assert [(What.JUMPS, ("Docker",))] == found(JUMP, jump("OUTPUT"), signs=Signs(programs=DOCKER))
    assert [(What.JUMPS, ("firewalld", "Docker"))] == found(JUMP, signs=Signs(programs={**DOCKER, **FIREWALLD}))


def test_chains_that_are_there_without_rules_were_flushed():
    emptied = [change(f"IPv4 nat SVCC-{name}", (), ("x",)) for name in "AB"]
    assert [(What.EMPTIED, ())] == found(*emptied, JUMP)
    assert [(What.EDITED, ())] == found(emptied[0])


def test_tables_that_hold_nothing_of_ours_any_more_are_gone_one_by_one():
    other = change("IPv4 filter SVCC-B", ("x", "w"), ("x",))
    assert [(What.GONE, ()), (What.EDITED, ())] == found(
        JUMP, change("IPv4 nat SVCC-A", None, ("x",)), other, held=frozenset({"IPv4 filter"})
    )


@pytest.mark.parametrize(
    ("carrier", "signs", "text"),
    [
        ("iptables-nft", Signs(), "`nft flush ruleset` does that"),
        ("iptables-nft", Signs(tables=("ip nat",)), "`iptables -F` and `iptables -X` do that"),
        ("iptables-legacy", Signs(), "`iptables -F` and `iptables -X` do that"),
        ("iptables-nft", Signs(tables=("ip nat",), filled=HELD), "iptables-restore without --noflush does that"),
        ("nftables", Signs(tables=("inet firewalld",)), "while inet firewalld of others is there"),
        ("nftables", Signs(), "`nft flush ruleset` does that"),
        ("nftables", Signs(Since.BOOT), "this machine was started anew since the last apply"),
        ("iptables-nft", Signs(Since.NAMESPACE), "the network namespace was made anew since the last apply"),
    ],
)
def test_what_is_left_of_others_tells_how_everything_went(carrier, signs, text):
    (cause,) = causes(Differs(carrier, (change("IPv4 nat SVCC-A", None, ("x",)),)), signs)
    assert (What.GONE, True) == (cause.what, text in cause.text)


def test_elements_are_told_as_added_and_deleted():
    added = change("ip svcc slots a/b:http", ("1 . 0 : 2",), None, "nftables", "elements")
    deleted = change("ip svcc picks a/c:http", None, ("1 : goto pick-2",), "nftables", "elements")
    digest = change("inet svcc-digest", ("5f",), ("70",), "nftables", "digest")
    held = frozenset({"ip svcc"})
    both = tuple(causes(Differs("nftables", (added, deleted, digest), held), Signs()))
    assert [("ip svcc slots a/b:http",), ("ip svcc picks a/c:http",)] == [one.objects for one in both]
    assert [("ip svcc slots a/b:http: + 1 . 0 : 2",), ("ip svcc picks a/c:http: - 1 : goto pick-2",)] == [
        one.evidence for one in both
    ]


def test_more_than_a_few_differences_are_a_number():
    changes = [change(f"IPv4 nat SVCC-{name}", ("x",), ("y",)) for name in "ABC"]
    (cause,) = causes(Differs("iptables-nft", tuple(changes), HELD), Signs())
    assert (4, "and 3 more") == (len(cause.evidence), cause.evidence[-1])


def test_a_rule_that_moved_is_told_as_another_order():
    (cause,) = causes(Differs("iptables-nft", (change("IPv4 nat SVCC-A", ("x", "y"), ("y", "x")),), HELD), Signs())
    assert ("IPv4 nat SVCC-A: in another order",) == cause.evidence


def test_a_backend_that_the_last_apply_gave_nothing_holds_a_copy():
    assert [(What.STRAY, ())] == found(change("IPv4 nat SVCC-A", ("x",), None), stray=True)


def test_addresses_and_servers_name_those_who_manage_them():
    address = change("svcc0 10.96.0.10", None, ("10.96.0.10",), "links", "address")
    server = change("10.96.0.10:80/TCP", None, ("rr",), "ipvs", "virtual server")
    signs = Signs(programs={"NetworkManager": ("process NetworkManager (pid 7)",), "kube-proxy": ("chain KUBE-A",)})
    assert [(What.ADDRESSES, ("NetworkManager",))] == found(address, signs=signs, carrier="links")
    assert [(What.SERVERS, ("kube-proxy",))] == found(server, signs=signs, carrier="ipvs", held=frozenset())
    (cause,) = causes(Differs("ipvs", (server,), frozenset()), Signs())
    assert "every virtual server is gone: `ipvsadm -C` does that" == cause.text


def test_a_setting_is_told_with_both_values():
    (cause,) = causes(Differs("sysctl", (change("net.ipv4.ip_forward", ("0",), ("1",), "sysctl", "sysctl"),)), Signs())
    assert cause.text.startswith("net.ipv4.ip_forward is 0 and was 1: ")


def test_others_in_our_way_are_told_though_nothing_has_changed():
    signs = Signs(
        ahead={"IPv4 nat PREROUTING": "-j DOCKER"}, programs={"kube-proxy": ("chain KUBE-SERVICES in IPv4 nat",)}
    )
    both = judge((), (), signs).causes
    assert [(What.OVERTAKEN, ("Docker",)), (What.BESIDE, ("kube-proxy",))] == [(one.what, one.who) for one in both]
    assert "in IPv4 nat PREROUTING a rule of others has come before ours; Docker may have done it" == words(both[0])
    assert "kube-proxy is here too" == words(both[1])


def test_a_cause_without_a_program_names_none():
    assert "x" == words(Cause(What.EDITED, "x"))


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("DOCKER-USER", "Docker"),
        ("KUBE-SVC-ABC", "kube-proxy"),
        ("KUBE-FIREWALL", "the kubelet"),
        ("INPUT_ZONES", "firewalld"),
        ("my-own", ""),
        ("SVCC-SERVICES", ""),
    ],
)
def test_chains_are_known_by_their_names(name, owner):
    assert owner == of_chain(name)


def test_tables_are_known_by_their_names_in_any_family():
    assert ["firewalld", "firewalld", "kube-proxy", ""] == [
        of_table(one) for one in ("inet firewalld", "ip firewalld", "ip6 kube-proxy", "ip nat")
    ]
