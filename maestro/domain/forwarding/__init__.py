"""What forwarders are told of rooms and players, as values and rules (contract 7)."""
