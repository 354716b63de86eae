"""What one happening costs each part of an installation: the constants of `benchmarks.scale`."""
