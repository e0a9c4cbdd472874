"""Make EndpointSlices from what the input says in other ways."""
