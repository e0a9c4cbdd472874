"""The rule graph: what must happen to a packet. `nodes.py` names the parts, `walk.py` is what they mean.

What a name must answer is a graph of its own, `names.py`: whoever applies rules needs none of it.
"""
