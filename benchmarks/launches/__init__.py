"""What the launch benchmarks share: a platform, a load, and each side's application."""
