"""Join Services with their endpoints as one node sees them."""
