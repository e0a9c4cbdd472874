"""Emit zones: their text, and how common name servers are told to serve them. The wire says nothing here: servers read files."""
