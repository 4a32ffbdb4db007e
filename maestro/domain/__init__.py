"""Values and rules. Nothing here knows a store, a wire or a clock."""
