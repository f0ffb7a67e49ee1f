"""The project here has settings of its own: `test_a_sites_tests.py` runs its tests."""

collect_ignore = ["project"]
