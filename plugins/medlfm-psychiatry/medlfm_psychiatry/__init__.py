"""The psychiatry expert of medlfm: data files, and this one line that names them."""

from medlfm.experts import Expert

expert = Expert.from_package(__name__)
