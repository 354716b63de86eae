"""What a server process holds after an evening."""
