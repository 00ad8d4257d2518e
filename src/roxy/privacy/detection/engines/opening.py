"""Taking up the model that was chosen, with the network shut. Heavy: imported only by `tagger`, when it is needed.

Presidio's engines, and what they stand on, download what they do not find. Here nothing is: each model is looked for
on this machine first, and what would fetch it is told that there is no network.
"""

import importlib.util
import logging
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import roxy.privacy.detection.recognizers  # noqa: F401 - it takes Presidio's voice and network
from roxy.errors import UnusableModel
from roxy.privacy.detection.engines.chosen import Chosen, Engine
from roxy.privacy.detection.engines.tagger import Model


class _Needs(NamedTuple):
    package: str
    module: str
    """Of this folder: it has `opened`, as this module does."""
    install: str
    get: Callable[[Chosen], str]
    """The command by which the user gets the model."""


_NEEDS: Mapping[Engine, _Needs] = {
    Engine.SPACY: _Needs("spacy", "spacys", "pip install spacy", lambda one: f"python -m spacy download {one.model}"),
    Engine.STANZA: _Needs(
        "stanza",
        "stanzas",
        "pip install 'roxy-assistant[stanza]'",
        lambda one: f"python -c \"import stanza; stanza.download('{one.language}'{_into(one)})\"",
    ),
    Engine.TRANSFORMERS: _Needs(
        "transformers", "tokens", "pip install 'roxy-assistant[transformers]'", lambda one: f"hf download {one.model}"
    ),
    Engine.GLINER: _Needs(
        "gliner", "gliners", "pip install 'roxy-assistant[gliner]'", lambda one: f"hf download {one.model}"
    ),
}
_LONGEST = 300
# What goes wrong is raised here; Presidio's own account of it has the traceback.
logging.getLogger("presidio-analyzer").addFilter(lambda record: not record.exc_info)


def opened(chosen: Chosen) -> Model:
    """The model, loaded. Raises `UnusableModel`."""
    needs = _NEEDS[chosen.engine]
    if importlib.util.find_spec(needs.package) is None:
        raise UnusableModel(
            f"privacy.yaml has names found by {chosen.engine}, which is not installed.", hint=f"Run: {needs.install}"
        )
    folder = chosen.folder
    if folder is not None and not folder.is_dir():
        raise UnusableModel(
            f"The model of names ({chosen}) is not there: {folder} is no folder.",
            hint="Name the folder that it is in under `names.model` in privacy.yaml.",
        )
    try:
        _shut()
        model: Model = import_module(f"{__package__}.{needs.module}").opened(chosen)
    except ModelNotThereError as missing:
        get = f"Get it: {needs.get(chosen)}"
        raise UnusableModel(f"The model of names ({chosen}) is not on this machine{missing}.", hint=get) from None
    except Exception as error:  # the border: what loads a model may raise anything
        raise UnusableModel(
            f"The model of names ({chosen}) cannot be loaded ({_said(error)}).",
            hint=f"See that it was made for the installed {needs.package}, or choose another under `names`.",
        ) from error
    return model


class ModelNotThereError(Exception):
    """The model is not on this machine; the text says more, or nothing."""


def hub_folder(chosen: Chosen) -> Path:
    """Where a model of the hub is kept on this machine: its folder, or its place in the cache.

    Raises `ModelNotThereError`.
    """
    if chosen.folder is not None:
        return chosen.folder
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - comes with the engines that need it
    from huggingface_hub.errors import LocalEntryNotFoundError  # noqa: PLC0415 - as above

    try:
        return Path(snapshot_download(chosen.model, local_files_only=True))
    except LocalEntryNotFoundError:
        raise ModelNotThereError from None


def _shut() -> None:
    """Tell what fetches from the hub that it may not; in this process alone, the environment is the servers', too."""
    if importlib.util.find_spec("huggingface_hub") is not None:
        import_module("huggingface_hub.constants").HF_HUB_OFFLINE = True  # type: ignore[attr-defined]
    transformers = sys.modules.get("transformers.utils.hub")
    if hasattr(transformers, "_is_offline_mode"):  # before version 5 it has looked at the environment for itself
        transformers._is_offline_mode = True  # type: ignore[union-attr]  # noqa: SLF001 - the only switch there is


def _into(chosen: Chosen) -> str:
    return f", model_dir='{chosen.model}'" if chosen.model else ""


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}{': ' if lines else ''}{lines[0][:_LONGEST].rstrip('.') if lines else ''}"
