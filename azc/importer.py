"""Import hook: after `import azc.importer`, `import my_algorithm` finds `my_algorithm.azl` too.

Files are searched where modules are, on `sys.path` or in the package's folders, after everything else: a
`my_algorithm.py` wins. The module is that of `azc.backends.python` in float64. Its signature is that in the
file's comments, or of the evaluation type in the program's header, else of RMS_ERROR; if nothing is live
under that, of another type, which a warning names.

Bytecode is cached in `__pycache__`, as for any module.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from importlib.util import cache_from_source
from types import CodeType, ModuleType
from typing import Any

import azc
from azc.arguments import a_path, takes

__all__ = ["SUFFIX", "cached_path", "install"]

SUFFIX = ".azl"


class AzlLoader(SourceFileLoader):
    """Loads a module from azl, or from its cached bytecode if that is not older."""

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        """Compile the text of an .azl file to bytecode."""
        from azc.backends.python import compile_module
        from azc.language import read
        from azc.passes import evaluation_type
        from azc.runs import read_header

        filename, text = os.fsdecode(path), bytes(data)
        source = read(text, filename)
        if source.signature is not None:
            return compile_module(source.program, source.signature, filename=filename)
        program = source.program
        found = evaluation_type(program, read_header(text, filename).eval_type)
        if found.guess:
            warnings.warn(f"{filename}: {found.guess}", stacklevel=2)
        return compile_module(program, found.interface, filename=filename, follow=True)

    def get_data(self, path: str) -> bytes:
        """Read a file; bytecode is read where `set_data` writes it."""
        return super().get_data(self._cached_path(path))

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write bytecode, under a name of its own."""
        super().set_data(self._cached_path(path), data, _mode=_mode)

    def _cached_path(self, path: str) -> str:
        # The usual name, `my_algorithm.cpython-313.pyc`, belongs to `my_algorithm.py`; and another version of
        # azc may compile the same text to other bytecode.
        usual = cache_from_source(self.path)
        return cached_path(self.path) if path == usual else path


class AzlFinder(MetaPathFinder):
    """Finds .azl files in the folders of modules."""

    def __init__(self) -> None:
        self.folders: dict[str, FileFinder] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Spec of the module's file; None if there is no such .azl file."""
        for folder in sys.path if path is None else path:
            found = self._finder(folder or os.getcwd()).find_spec(fullname, target)
            # A folder of that name is found too, as a package without a loader.
            if found is not None and found.loader is not None:
                assert found.origin is not None
                found.cached = cached_path(found.origin)
                return found
        return None

    def invalidate_caches(self) -> None:
        """Forget the contents of folders."""
        self.folders.clear()

    def _finder(self, folder: str) -> FileFinder:
        if folder not in self.folders:
            self.folders[folder] = FileFinder(folder, (AzlLoader, [SUFFIX]))
        return self.folders[folder]


@takes(path=a_path)
def cached_path(path: str) -> str:
    """Path of cached bytecode: `__pycache__/my_algorithm.azl-0.1.0.cpython-313.pyc`."""
    folder, name = os.path.split(cache_from_source(path))
    stem = os.path.basename(path).removesuffix(SUFFIX)
    return os.path.join(folder, f"{stem}{SUFFIX}-{azc.__version__}{name.removeprefix(stem)}")


def install() -> None:
    """Let `import` find .azl files; calling it again changes nothing."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != __name__]
    sys.meta_path.append(AzlFinder())


install()
