"""`svcc dns`: zones on stdout, serials in the lock."""

import pytest

HEADLESS = """\
apiVersion: v1
kind: Service
metadata: {name: db, namespace: lab}
spec: {clusterIP: None, ports: [{name: %s, port: 5432}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-x, namespace: lab, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
ports: [{name: %s, port: 5432}]
endpoints: [{addresses: [10.128.7.61]}]
"""

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: shell, namespace: tools}
spec: {containers: [{name: shell, image: shell}]}
status: {podIP: "fd00:1:2:3:4:5:6:7"}
"""


def serial(ended):
    return int(ended.out.splitlines()[1].split()[6])


def change(lab, address="10.128.9.41"):
    (lab / "web.yaml").write_text((lab / "web.yaml").read_text().replace("10.128.9.31", address))


def test_the_zone_of_the_cluster_domain_is_printed_and_others_are_named(svcc, lab):
    ended = svcc("dns", lab)
    lines = ended.out.splitlines()
    assert 0 == ended.code
    assert "web.lab.svc.cluster.local. 5 IN A 10.96.0.10" in lines
    assert lines[0].startswith("; Made by svcc ")
    assert "There are reverse zones too: --zone 128.10.in-addr.arpa, 96.10.in-addr.arpa\n" in ended.err


@pytest.mark.parametrize("zone", ["96.10.in-addr.arpa", "96.10.in-addr.arpa.", "96.10.IN-ADDR.ARPA"])
def test_a_reverse_zone_is_printed_on_demand(zone, svcc, lab):
    ended = svcc("dns", lab, "--zone", zone, "-q")
    assert (0, "") == (ended.code, ended.err)
    assert "10.0.96.10.in-addr.arpa. 5 IN PTR web.lab.svc.cluster.local." in ended.out.splitlines()


def test_a_zone_that_is_not_there_is_wrong_usage_with_a_guess(svcc, lab):
    ended = svcc("dns", lab, "--zone", "97.10.in-addr.arpa")
    assert (2, "", True) == (ended.code, ended.out, "Did you mean 96.10.in-addr.arpa?" in ended.err)
    assert "There are cluster.local," in svcc("dns", lab, "--zone", "example.com").err


def test_the_serial_stays_as_long_as_the_records_stay_and_counts_on_when_they_change(svcc, lab):
    assert [1, 1] == [serial(svcc("dns", lab)), serial(svcc("dns", lab))]
    change(lab)
    assert [2, 2] == [serial(svcc("dns", lab)), serial(svcc("dns", lab))]
    assert [2, 1] == [serial(svcc("dns", lab, "--zone", one)) for one in ("128.10.in-addr.arpa", "96.10.in-addr.arpa")]


def test_a_change_of_what_no_name_answers_keeps_the_serial(svcc, lab):
    svcc("dns", lab)
    text = (lab / "web.yaml").read_text()
    (lab / "web.yaml").write_text(
        text.replace("port: 8080", "port: 9090").replace("nodeName: worker-2", "nodeName: other")
    )
    assert 1 == serial(svcc("dns", lab))


def test_compile_and_dns_count_together(svcc, lab, tmp_path):
    svcc("compile", lab, "-o", "out")
    assert svcc("dns", lab, "-q").out == (tmp_path / "out/dns/db.cluster.local").read_text()
    change(lab)
    svcc("dns", lab)
    svcc("compile", lab, "-o", "out")
    assert svcc("dns", lab, "-q").out == (tmp_path / "out/dns/db.cluster.local").read_text()
    assert 2 == serial(svcc("dns", lab))


def test_a_serial_can_be_given_and_is_counted_on_from_there(svcc, lab):
    assert 2024010100 == serial(svcc("dns", lab, "--serial", 2024010100))
    assert 2024010100 == serial(svcc("dns", lab))
    change(lab)
    assert 2024010101 == serial(svcc("dns", lab))
    assert 4294967295 == serial(svcc("dns", lab, "--serial", 4294967295))
    change(lab, "10.128.9.42")
    change(lab, "10.128.7.77")
    (lab / "web.yaml").write_text((lab / "web.yaml").read_text().replace("10.128.7.21", "10.128.7.22"))
    assert 0 == serial(svcc("dns", lab))


@pytest.mark.parametrize("word", ["-1", "4294967296", "one"])
def test_a_serial_that_is_none_is_wrong_usage(word, svcc, lab):
    assert 2 == svcc("dns", lab, "--serial", word).code


def test_locked_refuses_another_serial(svcc, lab):
    assert (1, "", True) == (*svcc("dns", lab, "--locked")[:2], "SVC236" in svcc("dns", lab, "--locked").err)
    svcc("dns", lab)
    assert 0 == svcc("dns", lab, "--locked").code
    change(lab)
    assert "those of serial 1, and would get 2" in svcc("compile", lab, "-o", "out", "--locked").err
    assert 1 == svcc("compile", lab, "-o", "out", "--locked").code


def test_names_that_are_too_long_write_nothing_and_a_check_warns(svcc, lab, tmp_path):
    (lab / "db.yaml").write_text(HEADLESS % ("p" * 63, "q" * 63))
    ended = svcc("dns", lab)
    assert (1, "") == ended[:2]
    assert 2 == ended.err.count("has 64 characters, 63 are allowed")
    assert 1 == svcc("compile", lab, "-o", "out").code
    assert not (tmp_path / "out").exists()
    assert not (lab / "svcc.lock").exists()
    assert (0, True) == (svcc("compile", lab).code, "warning[SVC229]" in svcc("check", lab).err)


def test_a_domain_that_leaves_no_room_writes_nothing(svcc, lab):
    config = (lab / "svcc.yaml").read_text()
    for domain, codes in (
        ("a" * 63, []),
        (".".join([*["a" * 63] * 3, "b" * 40]), ["SVC310"]),
        (".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61]), ["SVC310"]),
    ):
        (lab / "svcc.yaml").write_text(f"{config}clusterDomain: {domain}\n")
        ended = svcc("dns", lab)
        assert (bool(codes), codes) == (
            ended.code == 1,
            sorted({word[6:12] for word in ended.err.split() if "SVC" in word}),
        )


def test_names_of_pods_count_too(svcc, lab):
    domain = ".".join([*["a" * 63] * 3, "b" * 35])
    (lab / "svcc.yaml").write_text(
        (lab / "svcc.yaml").read_text() + f"clusterDomain: {domain}\ndns: {{pods: insecure}}\n"
    )
    (lab / "web.yaml").write_text(POD)
    assert (1, True) == (svcc("dns", lab).code, "Pod tools/shell" in svcc("dns", lab).err)
    (lab / "svcc.yaml").write_text((lab / "svcc.yaml").read_text().replace("insecure", "disabled"))
    assert 0 == svcc("dns", lab).code


def test_the_order_of_files_decides_nothing(svcc, lab, tmp_path):
    service, endpoints = (lab / "web.yaml").read_text().split("---\n")
    (tmp_path / "s.yaml").write_text(service)
    (tmp_path / "e.yaml").write_text(endpoints)
    config = ("--config", lab / "svcc.yaml", "-q")
    assert svcc("dns", "s.yaml", "e.yaml", *config) == svcc("dns", "e.yaml", "s.yaml", *config)


def test_a_mode_that_has_no_rules_here_has_names(svcc, lab):
    (lab / "svcc.yaml").write_text((lab / "svcc.yaml").read_text() + "mode: userspace\n")
    assert 0 == svcc("dns", lab).code
    assert 0 == svcc("env", lab, "--namespace", "lab").code
