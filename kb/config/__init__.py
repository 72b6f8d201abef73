"""Settings: option > KB_* variable > TOML file > default. An unknown key is an error.

A key is `section.name`; its variable is `KB_SECTION__NAME`. `settings` describes every setting,
`loader` reads them.
"""

from kb.config.described import Description, Value
from kb.config.loader import data_folder, defaults, load, to_toml
from kb.config.settings import DESCRIPTIONS, SECTIONS, Retrieval, Settings

__all__ = [
    "DESCRIPTIONS",
    "SECTIONS",
    "Description",
    "Retrieval",
    "Settings",
    "Value",
    "data_folder",
    "defaults",
    "load",
    "to_toml",
]
