"""The text of zones, and what name servers are told; real servers read both in tests/kernel/test_zones.py."""

from svcc.emit.dns.files import dns_files
from svcc.emit.dns.text import digest, render
from svcc.graph.names import NameRecord, RecordType, Zone

RECORDS = (
    NameRecord("z.", RecordType.NS, "ns.dns.z.", 30),
    NameRecord("ns.dns.z.", RecordType.A, "127.0.0.1", 30),
    NameRecord("dns-version.z.", RecordType.TXT, '"1.1.0"', 28800),
)


def zone(origin="z.", ttl=30, records=RECORDS):
    return Zone(origin, ttl, "ns.dns.z.", "hostmaster.z.", records)


def test_a_zone_is_one_record_a_line_with_the_soa_first():
    assert [
        "z. 30 IN SOA ns.dns.z. hostmaster.z. 7 7200 1800 86400 30",
        "z. 30 IN NS ns.dns.z.",
        "ns.dns.z. 30 IN A 127.0.0.1",
        'dns-version.z. 28800 IN TXT "1.1.0"',
    ] == render(zone(), 7).splitlines()


def test_the_digest_is_of_everything_but_the_serial():
    assert digest(zone()) == digest(zone())
    others = (zone(ttl=31), zone(records=RECORDS[:2]), zone("y."), Zone("z.", 30, "a.z.", "hostmaster.z.", RECORDS))
    assert 5 == len({digest(one) for one in (zone(), *others)})


def test_each_zone_is_a_file_and_each_server_is_told_of_all():
    files = dns_files((zone(), zone("10.in-addr.arpa.")), {"z": 7, "10.in-addr.arpa": 8}, "1.2")
    assert [
        "dns/Corefile",
        "dns/db.10.in-addr.arpa",
        "dns/db.z",
        "dns/knot.conf",
        "dns/named.conf",
        "dns/nsd.conf",
    ] == sorted(files)
    assert " 7 7200 " in files["dns/db.z"]
    assert " 8 7200 " in files["dns/db.10.in-addr.arpa"]
    for name in ("Corefile", "knot.conf", "named.conf", "nsd.conf"):
        assert ["db.z", "db.10.in-addr.arpa"] == [
            word for word in words(files[f"dns/{name}"]) if word.startswith("db.")
        ]


def words(text):
    return text.replace('"', " ").replace(";", " ").split()


def test_coredns_serves_the_zones_and_forwards_the_rest():
    told = dns_files((zone(),), {"z": 7}, "1.2")["dns/Corefile"]
    assert (
        "# Made by svcc 1.2. Start CoreDNS in this folder. Do not edit; compile again.\n"
        "z:53 {\n    errors\n    file db.z\n}\n"
        ".:53 {\n    errors\n    cache 30\n    forward . /etc/resolv.conf\n}\n"
    ) == told
