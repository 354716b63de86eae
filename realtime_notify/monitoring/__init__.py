"""What this process shows to those who run it: whether it is well, and numbers for Prometheus."""
