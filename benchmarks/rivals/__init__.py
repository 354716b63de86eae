"""Other packages, to measure beside ours."""
