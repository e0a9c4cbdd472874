"""The rule graph: what must happen to a packet. `nodes.py` names the parts, `walk.py` is what they mean."""
