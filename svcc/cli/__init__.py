"""The command line: one thin file a command, each turning its words into calls of what is below."""
