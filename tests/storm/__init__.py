"""Sixty seconds of honest and hostile clients against a site whose workers are killed, and the books afterwards."""
