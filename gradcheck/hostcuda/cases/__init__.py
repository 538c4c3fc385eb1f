"""One page for each family of kernels: the points at which they are checked. Importing this fills the registry."""

import importlib
import pkgutil

for page in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{page.name}")
