"""The models that can be asked, as they are listed: those of the settings, and what servers on this machine have."""

from collections.abc import Sequence

from roxy.contracts.doors import ModelInfo
from roxy.llm.local import find_local
from roxy.llm.router import Router


async def listed(router: Router, order: Sequence[str]) -> Sequence[ModelInfo]:
    """Those of `order` first, as they are tried; then the other known ones, and those of local servers that answer."""
    names = [*order, *(name for name in router.known if name not in order)]
    infos = [_info(router, name, chosen=bool(order) and name == order[0]) for name in names]
    for server in await find_local(router.local):
        found = (f"{server.kind.name}:{model}" for model in server.models)
        note = f"{server.kind.title} on this machine"
        infos += [_info(router, name, note=note) for name in found if name not in names]
    return infos


def _info(router: Router, name: str, *, chosen: bool = False, note: str = "") -> ModelInfo:
    declared = router.settings(name)
    return ModelInfo(
        name=name,
        provider=declared.provider,
        model=declared.model,
        external=declared.external,
        chosen=chosen,
        note=note,
    )
