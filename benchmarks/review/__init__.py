"""The admin's pages over a million attempts, and a purge of half of them while the API serves."""
