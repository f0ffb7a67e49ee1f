"""What a call costs, as ratios to what it costs when it is written by hand. README.md says how to read them."""
