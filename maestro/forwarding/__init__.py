"""Forwarders over gRPC, and the consumer that drains outboxes into them."""
