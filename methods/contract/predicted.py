"""What predictors give, and whether it hangs on their saved weights alone."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from methods.asked import inspected_of, predictors_of
from methods.base import Method
from methods.contract.subject import SIDE, Broken, is_same

WHOLE = "what it predicts by must be a weight, a saved buffer or a submodule of it that __init__ makes"


def predicted(method: Method) -> dict[str, Any]:
    """Return what each predictor gives for the same slices, and each part to look into; the method stays as it is."""
    given = {name: _given(name, predictor) for name, predictor in predictors_of(method).items()}
    inspected = inspected_of(method)
    if inspected is None:
        return given
    given["the labeler of inspected()"] = _given("the labeler of inspected()", inspected.labeler)
    if inspected.representer is not None:
        named = "the representer of inspected()"
        given[named] = _given(named, inspected.representer, torch.arange(0, 2 * SIDE * SIDE, SIDE + 1))
    return given


def require_loadable(trained: Method, fresh: Method) -> None:
    """Raise Broken where saved weights of a predictor predict otherwise in a method that was built and nothing else.

    So scoring, prediction and export take them from a run's folder.
    """
    built, shown = predictors_of(fresh), predicted(trained)
    for name, predictor in predictors_of(trained).items():
        if name not in built:
            raise Broken(f"predictors() has {name} after training and not before, so a finished run can't be loaded")
        try:
            built[name].load_state_dict(copy.deepcopy(predictor.state_dict()))
        except RuntimeError as error:
            said = " ".join(str(error).split())
            raise Broken(f"{name} of a method built anew can't load its saved weights ({said}); {WHOLE}") from error
        if not is_same(shown[name], _given(name, built[name])):
            raise Broken(f"{name} predicts otherwise once its saved weights are loaded into one built anew; {WHOLE}")


def _given(name: str, predictor: nn.Module, *more: Tensor) -> Tensor:
    images = torch.rand(2, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    try:
        network = copy.deepcopy(predictor).eval()
    except RuntimeError as error:  # of a tensor that is part of a graph, and an attribute
        raise Broken(f"{name} can't be copied ({error}), as a run does that scores it; {WHOLE}") from error
    torch.default_generator.manual_seed(0)
    with torch.no_grad():
        given: Tensor = network(images, *more)
    return given
