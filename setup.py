"""Builds the optional C part; everything else is declared in pyproject.toml.

The C part is never required: a machine without a compiler gets the pure-Python twins,
so a failed build is a warning and not an error.
"""

from setuptools import setup
from setuptools.command.build_ext import build_ext


class OptionalBuild(build_ext):
    """Build every extension as optional."""

    def finalize_options(self) -> None:
        """Mark the extensions that cffi has added as optional."""
        super().finalize_options()
        for extension in self.extensions or []:
            extension.optional = True


setup(
    cffi_modules=["ferrite/native/build_transcoder.py:builder"],
    cmdclass={"build_ext": OptionalBuild},
)
