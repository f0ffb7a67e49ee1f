"""Phone verification by flash call for Django."""

__version__ = "0.1.0"
