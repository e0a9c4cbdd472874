r"""Read environment files by the rules of those who read them, each from its documentation.

docker("A=tcp://10.0.0.1:80\n# no\nB=\"x\"\n")     ->  {"A": "tcp://10.0.0.1:80", "B": '"x"'}      docker run --env-file
systemd('A="tcp://10.0.0.1:80"\n; no\nB=x\\\ny\n')  ->  {"A": "tcp://10.0.0.1:80", "B": "xy"}       EnvironmentFile= of systemd.exec(5)
"""

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ESCAPED_IN_QUOTES = '"\\`$'


def docker(text: str) -> dict[str, str]:
    """Read a file as `docker run --env-file` does: a variable a line, no quotes, no escapes, `#` begins a comment line.

    White space before a name is dropped; none may stand in a name. A name alone would be taken from the caller's environment.
    """
    found = {}
    for line in text.split("\n"):
        stripped = line.lstrip()
        if not stripped or stripped.startswith("#"):
            continue
        name, is_set, value = stripped.partition("=")
        if not name or re.search(r"\s", name) or not is_set:
            raise ValueError(f"docker does not take the line {line!r}")
        found[name] = value
    return found


def systemd(text: str) -> dict[str, str]:
    """Read a file as `EnvironmentFile=` does: lines that begin with `#` or `;` are comments, values are as in a POSIX shell.

    Blanks around a value that is not quoted are dropped, a backslash escapes or goes on with the next line; within double quotes it
    escapes only the quote, itself, a backtick and `$`. Nothing is expanded. What is no name is ignored, with a warning: here an error.
    """
    found = {}
    rest = text
    while rest:
        line, rest = _line(rest)
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        name, is_set, value = line.partition("=")
        if not is_set or not _NAME.match(name.strip()):
            raise ValueError(f"systemd does not take the line {line!r}")
        found[name.strip()] = _value(value.strip())
    return found


def _line(text: str) -> tuple[str, str]:
    """Return the first line, with those that it goes on in, and the rest."""
    line, _, rest = text.partition("\n")
    while line.endswith("\\") and not line.endswith("\\\\") and not line.lstrip().startswith(("#", ";")):
        more, _, rest = rest.partition("\n")
        line = line[:-1] + more
    return line, rest


def _value(text: str) -> str:
    made, quote, at = "", "", 0
    while at < len(text):
        one = text[at]
        if quote:
            if one == quote:
                quote = ""
            elif one == "\\" and quote == '"' and text[at + 1 : at + 2] in (*_ESCAPED_IN_QUOTES,):
                at += 1
                made += text[at]
            else:
                made += one
        elif one in "'\"":
            quote = one
        elif one == "\\":
            at += 1
            made += text[at : at + 1]
        else:
            made += one
        at += 1
    if quote:
        raise ValueError(f"a quote is open in {text!r}")
    return made
