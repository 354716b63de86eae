"""Channel layers that ship with the package."""
