"""The checks that hold servers to the protocol."""
