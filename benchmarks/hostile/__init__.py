"""A million hostile frames and requests, beside neighbours who must not notice: `make hostile`."""
