"""Text to values, first half: arguments become sources, sources become composed YAML nodes, a cursor walks them."""
