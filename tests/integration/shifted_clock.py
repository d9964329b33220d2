"""Programs whose clock is wrong: see shifted_clock.c."""

import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).parent / "shifted_clock.c"


class ShiftedClock:
    def __init__(self, directory):
        self.library = pathlib.Path(directory) / "shifted_clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library, SOURCE, "-ldl"], check=True,
                       timeout=60)

    def ahead(self, seconds):
        """The environment of a program that is to be that far ahead."""
        # The address sanitizer wants to be the first library, but need not be.
        return {"LD_PRELOAD": str(self.library), "CLOCK_SHIFT_SECONDS": str(seconds),
                "ASAN_OPTIONS": "verify_asan_link_order=0"}
