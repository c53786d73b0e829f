"""The optional C part, built through cffi. Every module here has a pure-Python twin."""
