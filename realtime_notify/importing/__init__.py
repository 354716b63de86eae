"""Imports the data of older notification systems from their tables.

- `readers/` has one module for each old system. It reads the old tables as they are in the
  database, so the old package need not be installed, and turns rows into `records`.
- `writers/` writes records in batches, each in one transaction.
- `job.py` holds what both work with: the tables, the options and the `Report`.

Every written row can be recognised later. So an import can be repeated, or continued after an
interruption, without duplicating anything.

Rows that cannot be imported are counted in the report, with the reason, and never guessed at.
"""
