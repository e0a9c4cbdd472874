import signal
from contextlib import contextmanager, suppress

import pytest

from svcc.apply import (
    ROLLED_BACK,
    UNTOUCHED,
    NotAsWanted,
    Opened,
    Part,
    Refused,
    RollbackFailed,
    apply,
    make_plan,
)
from svcc.diag import Diagnostics
from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.kernel.base import Busy, Denied, KernelError, NotFound, ToolFailed
from svcc.kernel.fake import FakeIptables
from svcc.net import Family
from svcc.plan.change import Action
from svcc.plan.sysctl import diff as sysctl_diff
from tests.lab.points import tried

FOREIGN = "*nat\n:HOST - [0:0]\n-A PREROUTING -j HOST\n-A HOST -j ACCEPT\nCOMMIT\n"


def rulesets(**tables):
    return {
        family: IptablesRuleset(
            family,
            {table: {name: Chain(tuple(rules)) for name, rules in chains.items()} for table, chains in tables.items()},
        )
        for family in Family
    }


START = rulesets(
    filter={"INPUT": ["-j SVCC-V"], "SVCC-V": ["-m mark --mark 0x8000/0xc000 -j DROP"]},
    nat={
        "PREROUTING": ["-j SVCC-S"],
        "OUTPUT": ["-j SVCC-S"],
        "SVCC-S": ["-g SVCC-A"],
        "SVCC-A": ["-j RETURN"],
        "SVCC-OLD": ["-g SVCC-A"],
    },
)
WANT = rulesets(
    raw={"SVCC-G": ["-d 127.0.0.0/8 ! -i lo -j DROP"], "PREROUTING": ["-j SVCC-G"]},
    nat={
        "PREROUTING": ["-j SVCC-S"],
        "POSTROUTING": ["-j SVCC-P"],
        "SVCC-S": ["-g SVCC-B"],
        "SVCC-A": ["-j RETURN", "-j ACCEPT"],
        "SVCC-B": ["-g SVCC-C"],
        "SVCC-C": ["-g SVCC-A"],
        "SVCC-P": ["-j MASQUERADE"],
    },
)


class Settings:
    """Kernel settings in memory."""

    name = "sysctl"

    def __init__(self):
        self.values = {"net.ipv4.ip_forward": "0"}

    def snapshot(self):
        return dict(self.values)

    def plan(self, live, want):
        return sysctl_diff(live, want)

    def services(self, live, want, changes):
        return {}

    def frontends(self, state):
        return {}

    def check(self, changes):
        if any(change.key not in self.values for change in changes):
            raise NotFound("no such setting")

    def commit(self, changes):
        self.values.update({change.key: change.after[0] for change in changes})

    def reread(self, changes):
        want = {change.key: change.after[0] for change in changes}
        return sysctl_diff(self.values, want)


def loaded(bulk=None):
    """Give a fake that holds START beside a host's own rules."""
    fake = FakeIptables(FOREIGN, bulk=bulk)
    fake.commit(fake.plan(fake.snapshot(), START))
    fake.tools.operations = 0
    return fake


def saved(fake):
    return [fake.tools.save(family) for family in Family]


def opened(*parts, **more):
    return lambda: Opened([Part(*part) for part in parts], **more)


def test_what_is_wanted_is_committed_and_what_is_foreign_stays():
    fake = loaded()
    applied = apply("iptables", opened((fake, WANT)))
    assert fake.snapshot() == WANT
    assert fake.tools.tables[Family.IPV4]["nat"]["HOST"] == ["-j ACCEPT"]
    assert applied.plan.count(Action.DELETE) == 8
    assert make_plan("iptables", [Part(fake, WANT)]).changes == ()


def test_applying_again_touches_nothing():
    fake = loaded()
    apply("iptables", opened((fake, WANT)))
    fake.tools.scripts.clear()
    assert apply("iptables", opened((fake, WANT))).plan.changes == ()
    assert fake.tools.scripts == []


def test_a_plan_touches_nothing():
    fake = loaded()
    before = saved(fake)
    assert make_plan("iptables", [Part(fake, WANT)]).changes != ()
    assert saved(fake) == before


@pytest.mark.parametrize("bulk", [None, 1])
def test_failing_at_any_operation_ends_exactly_at_the_start(bulk):
    whole = loaded(bulk)
    apply("iptables", opened((whole, WANT)))
    count = whole.tools.operations
    assert count > 30
    for number in range(count):
        fake = loaded(bulk)
        before = fake.snapshot()
        fake.tools.fail_at = {number: ToolFailed("no")}
        tried("refused, in memory")
        with pytest.raises(KernelError, match="no"):
            apply("iptables", opened((fake, WANT)))
        assert fake.snapshot() == before
        assert fake.tools.tables[Family.IPV4]["nat"]["HOST"] == ["-j ACCEPT"]


def test_interrupting_at_any_operation_rolls_back_and_is_raised_again():
    whole = loaded()
    apply("iptables", opened((whole, WANT)))
    for number in range(whole.tools.operations):
        fake = loaded()
        before = fake.snapshot()
        fake.tools.fail_at = {number: KeyboardInterrupt()}
        tried("interrupted, in memory")
        with pytest.raises(KeyboardInterrupt):
            apply("iptables", opened((fake, WANT)))
        assert fake.snapshot() == before


def test_an_earlier_subsystem_is_rolled_back_when_a_later_one_fails():
    settings, fake = Settings(), loaded()
    before = fake.snapshot()
    fake.tools.fail_at = {20: ToolFailed("no")}
    with pytest.raises(KernelError, match="no"):
        apply("iptables", opened((settings, {"net.ipv4.ip_forward": "1"}), (fake, WANT)))
    assert settings.values == {"net.ipv4.ip_forward": "0"}
    assert fake.snapshot() == before


def test_a_failing_check_stops_before_anything_is_touched():
    settings, fake = Settings(), loaded()
    before = saved(fake)
    with pytest.raises(NotFound):
        apply("iptables", opened((fake, WANT), (settings, {"net.ipv4.other": "1"})))
    assert saved(fake) == before


def test_without_memory_at_any_operation_it_is_rolled_back_and_told():
    for number in range(34):
        fake = loaded()
        before = fake.snapshot()
        fake.tools.fail_at = {number: MemoryError()}
        tried("refused, in memory")
        with pytest.raises(KernelError, match="there is not enough memory") as caught:
            apply("iptables", opened((fake, WANT)))
        assert "everything is as before: what had been done was rolled back" == caught.value.now
        assert before == fake.snapshot()


@pytest.mark.parametrize("second", [MemoryError(), OSError(12, "Cannot allocate memory")])
def test_a_rollback_that_lacks_memory_says_what_is_left(second):
    fake = loaded()
    fake.tools.fail_at = {10: ToolFailed("first"), 11: second}
    with pytest.raises(RollbackFailed, match=r"first; rolling back failed too: .*memory; not as before: iptables"):
        apply("iptables", opened((fake, WANT)))


def test_a_rollback_that_fails_too_says_what_is_left():
    settings, fake = Settings(), loaded()
    fake.tools.fail_at = {10: ToolFailed("first"), 11: ToolFailed("second")}
    with pytest.raises(RollbackFailed, match=r"first.*second.*not as before: iptables IPv4 raw") as caught:
        apply("iptables", opened((settings, {"net.ipv4.ip_forward": "1"}), (fake, WANT)))
    assert settings.values == {"net.ipv4.ip_forward": "0"}
    assert {change.subsystem for change in caught.value.left} == {"iptables"}


def test_what_is_read_back_differently_is_our_bug_and_rolled_back():
    fake = loaded()
    before = fake.snapshot()
    fake.reread = lambda changes: changes[:1]
    with pytest.raises(NotAsWanted, match=r"bug in svcc: ") as caught:
        apply("iptables", opened((fake, WANT)))
    assert fake.snapshot() == before
    assert ("reading iptables back", ROLLED_BACK) == (caught.value.doing, caught.value.now)


def test_an_error_tells_what_was_being_done_and_how_things_are_now():
    settings, fake = Settings(), loaded()
    fake.tools.fail_at = {20: ToolFailed("no")}
    with pytest.raises(KernelError) as caught:
        apply("iptables", opened((settings, {"net.ipv4.ip_forward": "1"}), (fake, WANT)))
    assert ("changing iptables, step 2 of 2", ROLLED_BACK) == (caught.value.doing, caught.value.now)
    assert "`svcc apply` again" in caught.value.hint


def test_an_error_before_the_first_change_says_that_nothing_was_changed():
    settings, fake = Settings(), loaded()
    with pytest.raises(NotFound) as caught:
        apply("iptables", opened((fake, WANT), (settings, {"net.ipv4.other": "1"})))
    assert ("asking sysctl whether it would take the changes", UNTOUCHED) == (caught.value.doing, caught.value.now)
    fake.snapshot = lambda: (_ for _ in ()).throw(ToolFailed("cut off"))
    with pytest.raises(ToolFailed) as failed:
        apply("iptables", opened((fake, WANT)))
    assert ("reading iptables", UNTOUCHED) == (failed.value.doing, failed.value.now)


def test_a_lock_that_somebody_else_holds_changes_nothing_and_says_so():
    @contextmanager
    def held():
        raise Busy("pid 1 is at work here")
        yield

    fake = loaded()
    with pytest.raises(Busy) as caught:
        apply("iptables", opened((fake, WANT)), held())
    assert ("taking the lock", UNTOUCHED) == (caught.value.doing, caught.value.now)


def test_a_journal_that_cannot_be_written_changes_nothing_and_says_so():
    fake = loaded()
    before = saved(fake)

    def full(_, __):
        raise Denied("no space left")

    with pytest.raises(Denied) as caught:
        apply("iptables", lambda: Opened([Part(fake, WANT)], journal=full))
    assert ("writing down what is there before", UNTOUCHED) == (caught.value.doing, caught.value.now)
    assert before == saved(fake)


def test_the_guard_refuses_before_anything_is_touched():
    fake = loaded()
    before = saved(fake)

    def refuse(_):
        sink = Diagnostics()
        sink.add("SVC401", "kube-proxy is here", hint="stop it")
        return sink

    with pytest.raises(Refused, match="kube-proxy is here") as caught:
        apply("iptables", opened((fake, WANT), guard=refuse))
    assert [one.code for one in caught.value.diagnostics] == ["SVC401"]
    assert saved(fake) == before


def test_the_journal_is_written_before_the_first_commit_and_only_when_there_is_one():
    fake = loaded()
    seen = []
    journal = lambda plan, befores: seen.append((len(plan.changes), befores == [(fake, START)]))  # noqa: E731
    apply("iptables", opened((fake, START), journal=journal))
    assert seen == []
    apply("iptables", opened((fake, WANT), journal=journal))
    assert [before for _, before in seen] == [True]


def test_what_the_journal_wrote_is_undone_only_when_everything_was_rolled_back():
    def calls(*fail_at):
        fake, called = loaded(), []
        fake.tools.fail_at = {number: ToolFailed("no") for number in fail_at}
        named = {name: lambda _, name=name: called.append(name) for name in ("undo", "seal", "keep")}
        named["journal"] = lambda *_: called.append("journal")
        with suppress(KernelError):
            apply("iptables", opened((fake, WANT), **named))
        return called

    assert ["journal", "seal", "keep"] == calls()
    assert ["journal", "undo"] == calls(10)
    assert ["journal"] == calls(10, 11)


def test_a_journal_that_fails_half_way_is_undone_and_nothing_is_touched():
    fake, called = loaded(), []
    before = saved(fake)

    def journal(*_):
        called.append("journal")
        raise ToolFailed("the disk is full")

    with pytest.raises(ToolFailed, match="the disk is full"):
        apply("iptables", opened((fake, WANT), journal=journal, undo=lambda _: called.append("undo")))
    assert (["journal", "undo"], before) == (called, saved(fake))


def test_what_the_seal_refuses_is_rolled_back():
    fake, called = loaded(), []
    before = fake.snapshot()

    def seal(_):
        assert WANT == fake.snapshot()
        raise ToolFailed("the probe failed")

    with pytest.raises(ToolFailed, match="the probe failed"):
        apply("iptables", opened((fake, WANT), seal=seal, undo=lambda _: called.append("undo")))
    assert (before, ["undo"]) == (fake.snapshot(), called)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_end_rolls_back_and_a_second_one_is_not_heard(number):
    fake, called = loaded(), []
    before = fake.snapshot()
    fake.reread = lambda _: signal.raise_signal(number)
    undo = lambda _: (signal.raise_signal(number), called.append("undo"))  # noqa: E731
    with pytest.raises(KeyboardInterrupt, match="interrupted, rolled back"):
        apply("iptables", opened((fake, WANT), undo=undo))
    assert (before, ["undo"]) == (fake.snapshot(), called)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_after_the_end_is_not_heard_and_answers_are_put_back(number):
    fake, answer = loaded(), signal.getsignal(number)
    apply("iptables", opened((fake, WANT), keep=lambda _: signal.raise_signal(number)))
    assert (WANT, answer) == (fake.snapshot(), signal.getsignal(number))


def test_everything_happens_under_the_lock():
    held = []

    @contextmanager
    def lock():
        held.append("taken")
        yield
        held.append("given back")

    def open_parts():
        held.append("opened")
        return Opened([Part(FakeIptables(), WANT)])

    apply("iptables", open_parts, lock())
    assert held == ["taken", "opened", "given back"]
