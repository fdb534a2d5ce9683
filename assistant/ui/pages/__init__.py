"""Case pages: one file each, plain documents and forms."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter


def all_routers() -> tuple[APIRouter, ...]:
    """The routers of all pages in this folder, by file name; each module has one named `router`."""
    modules = (import_module(f"{__name__}.{found.name}") for found in sorted(iter_modules(__path__), key=_name))
    return tuple(module.router for module in modules if hasattr(module, "router"))


def _name(found: object) -> str:
    return str(getattr(found, "name", ""))
