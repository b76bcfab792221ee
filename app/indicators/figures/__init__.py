"""Figures as a pure function of rows. Nothing here needs more than the standard library, so that whoever is given the
rows of a report can count it again (`portolan recompute`)."""
