"""Archives of strangers: what reading one raises that is broken, or not what its name says."""

from __future__ import annotations

import lzma
import struct
import zlib
from zipfile import BadZipFile

# One member after the other is unpacked by its own library, and each fails in its own way.
BROKEN_ARCHIVE: tuple[type[Exception], ...] = (
    BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)
