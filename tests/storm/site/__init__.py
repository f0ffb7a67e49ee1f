"""The site that the storm hits: signup and login by a proven number, as a careful developer writes them."""
