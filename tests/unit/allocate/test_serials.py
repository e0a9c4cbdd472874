import pytest

from svcc.allocate.decode_lock import decode_lock
from svcc.allocate.lock import Lock, render
from svcc.allocate.locked import demand_same_serials, summary
from svcc.allocate.serials import Serial, is_later, merged, settle_serials
from svcc.diag import Diagnostics, Source

OLD, NEW = "0123456789abcdef", "fedcba9876543210"
HEAD = "apiVersion: svcc.dev/v1alpha1\nkind: Lock\nserials:\n"


def settled(before, digest, chosen=None):
    held = {} if before is None else {"z": before}
    return settle_serials(held, {"z": digest}, {} if chosen is None else {"z": chosen})["z"]


def test_a_new_zone_begins_with_one():
    assert Serial(1, NEW) == settled(None, NEW)


def test_records_that_stay_keep_their_serial():
    assert Serial(7, OLD) == settled(Serial(7, OLD), OLD)


def test_records_that_change_add_one():
    assert Serial(8, NEW) == settled(Serial(7, OLD), NEW)


def test_after_the_last_serial_comes_zero():
    assert Serial(0, NEW) == settled(Serial(4294967295, OLD), NEW)


@pytest.mark.parametrize("digest", [OLD, NEW])
def test_a_serial_that_is_chosen_counts_whatever_was_there(digest):
    assert Serial(2024010100, digest) == settled(Serial(7, OLD), digest, 2024010100)


def test_a_zone_that_is_gone_gives_up_its_serial():
    assert {} == settle_serials({"z": Serial(7, OLD)}, {}, {})


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(2, 1, True), (1, 2, False), (1, 1, False), (0, 4294967295, True), (4294967295, 0, False), (2147483647, 0, True)],
)
def test_serials_are_compared_on_a_circle(left, right, expected):
    assert expected == is_later(left, right)


def test_two_different_lines_of_a_zone_are_the_later_serial_of_no_records():
    assert Serial(8, "") == merged([Serial(7, OLD), Serial(8, NEW)]) == merged([Serial(8, NEW), Serial(7, OLD)])
    assert Serial(8, "") == merged([Serial(8, OLD), Serial(8, NEW)])
    assert Serial(1, "") == merged([Serial(4294967295, OLD), Serial(1, NEW)])
    assert Serial(8, OLD) == merged([Serial(8, OLD), Serial(8, OLD)])


def test_after_a_merge_that_changed_both_sides_the_serial_counts_on():
    assert Serial(9, NEW) == settled(merged([Serial(8, OLD), Serial(8, NEW)]), NEW)


def read(text):
    sink = Diagnostics()
    return decode_lock(Source("svcc.lock", text), sink), [(one.code, one.span.line, one.span.column) for one in sink]


def test_reading_serials_is_the_inverse_of_writing_them():
    lock = Lock(serials={"cluster.local": Serial(7, OLD), "96.10.in-addr.arpa": Serial(4294967295, "")})
    found, problems = read(render(lock))
    assert (lock, []) == (found, problems)
    assert "serials:\n  96.10.in-addr.arpa: 4294967295\n  cluster.local: 7 0123456789abcdef\n" in render(lock)


def test_a_lock_without_zones_has_no_such_section():
    assert "serials" not in render(Lock())


def test_a_serial_knows_where_it_stands():
    found, _ = read(f"{HEAD}  cluster.local: 7 {OLD}\n")
    assert (4, 18) == found.serial_spans["cluster.local"][1:3]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cluster.local: seven", ("SVC230", 4, 18)),
        ("cluster.local: 07", ("SVC230", 4, 18)),
        ("cluster.local: -1", ("SVC230", 4, 18)),
        (f"cluster.local: 4294967296 {OLD}", ("SVC230", 4, 18)),
        ("cluster.local: 7 abc", ("SVC230", 4, 18)),
        ("cluster.local: [7]", ("SVC230", 4, 18)),
        ("cluster.local:", ("SVC230", 4, 17)),
        (f"Cluster_Local: 7 {OLD}", ("SVC103", 4, 3)),
        (f"..: 7 {OLD}", ("SVC103", 4, 3)),
        (f"? [a]\n  : 7 {OLD}", ("SVC101", 4, 5)),
    ],
)
def test_a_line_that_is_no_serial_is_told_at_its_place(line, expected):
    assert [expected] == read(f"{HEAD}  {line}\n")[1]


def test_two_lines_of_one_zone_are_one_fact_in_any_order():
    lines = [f"  z: 8 {OLD}\n", f"  z: 9 {NEW}\n"]
    assert (
        {"z": Serial(9, "")} == read(HEAD + "".join(lines))[0].serials == read(HEAD + "".join(lines[::-1]))[0].serials
    )


def test_locked_names_every_zone_whose_serial_would_change():
    before, _ = read(f"{HEAD}  gone: 3 {OLD}\n  changed: 7 {OLD}\n  same: 1 {OLD}\n")
    after = Lock(serials={"changed": Serial(8, NEW), "same": Serial(1, OLD), "new": Serial(1, NEW)})
    sink = Diagnostics()
    demand_same_serials(before, after, sink)
    assert {
        ("SVC236", "serials[changed]", "the records of the zone changed are not those of serial 7, and would get 8", 5),
        ("SVC236", "serials[gone]", "the zone gone is gone", 4),
        ("SVC236", "serials[new]", "the zone new is new", None),
    } == {(one.code, one.field, one.message, one.span and one.span.line) for one in sink}
    assert "3 serials" == summary(before, after)
