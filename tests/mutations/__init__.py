"""What happens if a rule is broken: each rule of the system, broken by hand, must be noticed.

`make mutations` applies one small edit after the other in a copy of the checkout, and runs there
the tests that ought to fail, and the simulator.
"""
