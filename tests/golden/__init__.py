"""A second account of every indicator: slow, plain, and from the raw rows of the tables alone.

It follows the texts of the indicators (docs/INDICATORS.md and the definitions), not the program that counts: no query
joins or adds up, no row of the sealed sheets is read, and no function of `app.indicators` is called. What both say must
be the same to the unit, so a mistake has to be made twice to go unseen.
"""
