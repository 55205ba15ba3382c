"""The core adapter of medlfm: data files, and this one line that names them."""

from medlfm.experts import Expert

core = Expert.from_package(__name__, "core.json")
