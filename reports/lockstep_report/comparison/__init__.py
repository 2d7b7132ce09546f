"""The report of several results: which machine is better, and what may be compared at all."""
