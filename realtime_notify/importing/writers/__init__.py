"""Writers of imported records, and of the definitions they refer to."""
