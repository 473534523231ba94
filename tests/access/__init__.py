"""The rows of the access matrix, a module for each chapter. `tests/test_access.py` joins and tries them."""
