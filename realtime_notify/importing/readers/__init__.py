"""Readers of the old tables, one module for each system; each has `import_tables(job)`."""
