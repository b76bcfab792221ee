"""First-party traffic: which pages were looked at, by how many, from where, and by people or programs."""
