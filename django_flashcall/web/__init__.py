"""The flow in a browser: pages that ask for a number and for the code, with or without JavaScript."""
