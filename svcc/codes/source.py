"""Codes of files and YAML: SVC0xx."""

from svcc.codes.code import Code, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

SOURCE: dict[str, Code] = {
    "SVC001": Code(
        _E,
        "not valid YAML",
        "The document cannot be read as YAML. The position is where the parser gave up; the mistake is there or just before: a missing colon, a quote that is not closed, a tab used for indentation, or a wrong indentation. The other documents of the same file are still checked.",
    ),
    "SVC002": Code(
        _E,
        "a key appears twice",
        "A mapping holds the same key twice. Most YAML readers silently keep the last one; the API server's strict decoding refuses it. Remove one of the two.",
    ),
    "SVC003": Code(
        _E,
        "not a Kubernetes object",
        "Every document must be a mapping with `apiVersion` and `kind`; a configuration, and `svcc.lock`, are one such document. A document that is a list, a string or a number, or that lacks one of the two, cannot be interpreted.",
    ),
    "SVC004": Code(
        _E,
        "the file cannot be read",
        "A path given on the command line does not exist, is not a file or folder, or may not be read by this user; or standard input is to be read and is closed.",
    ),
    "SVC005": Code(
        _E,
        "no manifests found",
        "The given paths hold no file that ends in .yaml, .yml or .json, or those files hold no document. Usually the path is wrong; standard input is given as `-`. A file of nodes or of probes that holds none is told in the same way.",
    ),
    "SVC006": Code(
        _N,
        "other kinds are skipped",
        "svcc reads Service, Endpoints, EndpointSlice, Pod and Node. Documents of other kinds are left out and counted in this note.",
    ),
    "SVC007": Code(
        _E,
        "not UTF-8 text",
        "Manifests are UTF-8. The document holds bytes that are not, or control characters that YAML forbids; the position is the first of them. Or it holds a byte order mark where no document begins: usually two files were put one behind the other without a line `---` between them. The other documents of the same file are still checked.",
    ),
    "SVC008": Code(
        _E,
        "more than svcc reads",
        "Files are read up to 256 MiB, documents up to 200 levels deep, objects of up to 100,000 values. Aliases may expand to a million nodes of a file, merge keys to 32 in one mapping; and above the first ten thousand a document may have one value for every five characters. No manifest comes near; what does is broken, or made to exhaust memory.",
    ),
    "SVC009": Code(
        _E,
        "too many mistakes",
        "After ten thousand errors svcc stops reading: what follows would be more of the same. Mend these first.",
    ),
    "SVC010": Code(
        _W,
        "a number with a leading zero is octal",
        "YAML 1.1, and kubectl with it, reads a number that begins with 0 as octal: 0100 is 64, and 030000 is 12288. YAML 1.2 reads 100 and 30000. Whoever writes a leading zero seldom means octal; write the number that is meant. For an octal number that is meant, write 0o100, for which there is no warning.",
        "port: 0100",
        "port: 100",
    ),
}
