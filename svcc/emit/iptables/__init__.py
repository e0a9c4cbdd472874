"""The iptables target: graph → ruleset (`lower`), ruleset ↔ text (`text`), and what the text means (`walk`)."""
