"""What the core relies on, in its own words. Adapters promise it; fakes pass the same tests."""
