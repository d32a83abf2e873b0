"""Stands in for the build backend of the package in requirements.txt while pip downloads its sources.

pip asks every source package's backend for its name and version before it lets one have the file, and would
install the real backend with all that it needs, unpinned, and run it. Only the file is wanted: this hands on
what the package says of itself and builds nothing.
"""
import email
import pathlib
import shutil


def prepare_metadata_for_build_wheel(directory, config_settings=None):
    told = email.message_from_string(pathlib.Path('PKG-INFO').read_text(encoding='utf-8'))
    info = pathlib.Path(directory) / f'{told["Name"]}-{told["Version"]}.dist-info'
    info.mkdir()
    shutil.copy('PKG-INFO', info / 'METADATA')
    return info.name
