# ruff: noqa: RUF001 - letters that look like others are what this is about
"""What somebody writes into a field who wants it to end up somewhere else, or who wants to see svcc fall."""

HOSTILE = (
    # Ends of lines, words and statements.
    "a\nb", "a\r\nb", "a\r", "\n", "a\n-A INPUT -j ACCEPT", "x\nCOMMIT\n*nat", "a\u2028b", "a\u2029b", "a\u0085b", "a\vb", "a\fb",
    'a"b', "a'b", "a`b", '" -j ACCEPT #', "a b", " a", "a ", "\t", "a\\", "a\\nb", "\\", "$(id)", "${PATH}", "$HOME", "a;b", "a|b", "a&b",
    "a#b", "# a", "%s", "%(a)s", "%0A::error::x", "%25", "::error::x", "::set-output name=a::b", "\n::error::x", "##[error]x",
    "{{ 7*7 }}", "{% for %}", "{0}", "a,b", "a:b", "a=b", "-", "--", "-j", "--help", "!", "!!", "*", "*a", "&a", "<<", "? a", "- a", "[", "]", "{", "}",
    # Paths.
    "..", ".", "../../etc/passwd", "/etc/passwd", "a/b", "a/../b", "a//b", "/", "~", "~root", "con", "a/b/c", "a\0b", "\0", "\x00\x00",
    # Terminals.
    "\x1b[31m", "\x1b]0;t\x07", "\x1b[2J", "a\bb", "\x7f", "\x9b31m", "\x07",
    # Letters that look like others, that turn the line round, that have no width.
    "раypal", "ａ", "ı", "İ", "ß", "ﬀ", "é", "e\u0301", "日本", "😀", "\u202eabc", "\u2066a\u2069", "\u200b", "a\u200bb", "\ufeff", "\ufeffa", "\u00a0", "\u00ad",
    "٣", "１", "²", "١٢٣", "10.96.0.１", "𝟏", "\ud7ff", "\ufffd", "\U0010ffff", "\ue000",
    # What YAML makes something else of.
    "", "null", "Null", "~", "true", "yes", "on", "y", "N", "off", "1", "0", "-1", "+1", "00", "010", "0o10", "0x10", "0b11", "1_000", "_1", "1__0", "0x", "0b", "0x_",
    "1e3", "1.0", "1.", ".5", ".", "1e400", "-1e400", ".inf", "-.inf", ".nan", "nan", "inf", "1e", "e1", "22:22", "1:60", "190:20:30", "1:2:3:4", "-1:30", "0:0", "20:30.15",
    "2024-01-01", "2024-01-01T00:00:00Z", "=", "<", ">", "|",
    # Numbers at an edge and beyond it.
    "65535", "65536", "32767", "32768", "2147483647", "2147483648", "4294967296", "9223372036854775808", "18446744073709551616", "9" * 40, "9" * 41, "9" * 5000,
    "-" + "9" * 5000, "0x" + "f" * 5000, "1:" * 30 + "1", "0" * 41, "1_" * 30, "1." + "0" * 400, "." + "9" * 5000, "1e" + "9" * 100,
    # Addresses.
    "10.96.0.10", "10.96.0.0", "10.96.255.255", "10.96.0.010", "10.96.0.10/32", "10.96.0", "10.96.0.256", "1.2.3.4.5", "0.0.0.0", "255.255.255.255", "127.0.0.1", "169.254.1.1",
    "224.0.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "ff02::1", "fd00:96::10", "fd00:96:0:0:0:0:0:10", "FD00:96::10", "::ffff:10.96.0.10", "::10.96.0.10", "64:ff9b::1.2.3.4",
    "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "[::1]", "::/0", "0.0.0.0/0", "10.96.0.0/16", "10.96.0.1/16", "10.96.0.0/33", "10.96.0.0/-1", "10.96.0.0/016", "10.96.0.0/", "fd00::/129",
    "10.96.0.0/255.255.0.0", "10.96.0.0/16\n", " 10.96.0.0/16 ", "172.20.5.11", "10.128.7.21", "None", "none", "10.0.0.1=1", "10.0.0.1=1001", "10.0.0.1=", "=1", "10.0.0.1=1,10.0.0.1=2",
    # Names at an edge.
    "a" * 63, "a" * 64, "a" * 253, "a" * 254, "a." * 126 + "a", "a." * 127 + "a", "a" * 15, "a" * 16, "A", "a_b", "-a", "a-", "a--b", "1", "1a", "a.", ".a", "a..b", "a.b", "a.b.", "*.a", "_a",
    "xn--a", "a/b", "/a", "a/", "a" * 254 + "/b", "a@b", "http", "https-1", "x" * 10_000, "日" * 3000, "\x1b" * 1000, "a\n" * 3000, "🂡" * 64,
    # Words of the API in the wrong place.
    "Service", "List", "EndpointSlice", "Endpoints", "Pod", "v1", "discovery.k8s.io/v1", "v2", "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "TCP", "tcp", "UDP", "SCTP", "ICMP",
    "IPv4", "IPv6", "FQDN", "Local", "Cluster", "ClientIP", "SingleStack", "PreferDualStack", "RequireDualStack", "shop/cart", "shop/cart IPv4", "shop/cart 80/TCP", "shop/cart 99999/TCP", "shop/cart 080/TCP",
    "kubernetes.io/service-name", "service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless", "svcc.dev/weights", "svcc.dev/scheduler", "svcc.dev/ignore", "SVC221", "SVC221,SVC101", "SVC999",
    "primary", "cali+", "cali*", "eth0:1", "rr", "random", "30000-32767", "0-0", "32767-30000", "1-65536", "30000", "9" * 400 + "-1", "VIP", "Proxy", "Hostname",
)  # fmt: skip

NUMBERS = (
    0, 1, -1, 2, 10, 79, 80, 81, 443, 1024, 8080, 29999, 30000, 30080, 32767, 32768, 65535, 65536, 86400, 86401, 10800,
    2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**30, -(10**30), -(2**63), 10**400, 0.0, 1.0, -0.0, 80.0, 80.5, 1e3, 1e300, 5e-324, 1e16,
)  # fmt: skip

TOKENS = (
    b"\n", b"\r", b"\r\n", b"\t", b" ", b"  ", b"- ", b"? ", b": ", b":", b",", b"[", b"]", b"{", b"}", b"#", b"&a ", b"*a", b"<<: ", b"<<: *a", b"!", b"!!str ", b"!!int ", b"!!null ",
    b"!!binary ", b"!!set ", b"!!python/object:os.system ", b"!<a> ", b"|", b">", b"|+\n", b">-\n", b"'", b'"', b"''", b'""', b"\\", b"\\x41", b"\\u0000", b"\\ud83d", b"\\ude00", b'"\\ud83d\\ude00"', b"%", b"%YAML 1.1\n",
    b"%YAML 1.2\n", b"%YAML 9.9\n", b"%TAG ! a\n", b"---\n", b"--- ", b"---", b"...\n", b"@", b"`", b"~", b"=", b"null", b"\0", b"\x01", b"\x1b", b"\x7f", b"\x80", b"\xff", b"\xc0\x80",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\xf4\x90\x80\x80", b"a" * 1200, b"[" * 100, b"[" * 250, b"- " * 150, b"{a: " * 120,
    b"kind: List\nitems:\n- ", b"apiVersion: v1\nkind: Service\n", b"\n---\n", b"\n...\n", b"<<<<<<< HEAD\n", b"=======\n", b">>>>>>> x\n", b'{"a":1}\n{"b":', b"<<: [*a, *a]", b"? [a]\n: b\n", b"a: &a [*a]\n",
)  # fmt: skip
"""What means something to a reader of YAML, or of bytes."""

NAMES = (
    "web.yaml", "web.json", "<stdin>", "a\nb.yaml", "a\x1b[31m.yaml", "::error::x.yaml", "a:1:2.yaml", "a,line=1.yaml", "a%0A.yaml", "\u202elmay.yaml", "a b.yaml", "-", "日本.yaml", "a\udcff.yaml",
    "\n::error::x", "a" * 250 + ".yaml",
)  # fmt: skip
"""Names of files; a lone surrogate stands for a byte that is not UTF-8, as Python has it."""
