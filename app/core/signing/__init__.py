"""Signatures in PDF that anybody can check: PAdES (ETSI EN 319 142-1) under certificates of the platform's authority.

A certificate of our own authority makes an advanced electronic signature at most (Regulation (EU) 910/2014 art. 26;
Electronic Signature Law (PRC) art. 13), and every page that shows one says so.
"""
