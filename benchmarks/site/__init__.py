"""The site that is measured: ours, and two views written by hand to compare it with."""
