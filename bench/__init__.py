"""Load measurements: `python -m bench`, told in docs/PERFORMANCE.md."""
