"""What lies sealed, under which key of the vault, and how it is sealed anew."""
