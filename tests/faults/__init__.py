"""Proof that money survives: against a model, faults, kills, races, lost queues and missing guards.

In the suite each runs for seconds. `make faults` runs them for minutes, and docs/RELIABILITY.md tells what came out.
"""
