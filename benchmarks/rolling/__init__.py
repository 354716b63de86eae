"""What people notice of a rolling restart."""
