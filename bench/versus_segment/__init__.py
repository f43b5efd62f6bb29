"""End to end: Segment's own destination in Node, and our hub, over one stream and one account."""
