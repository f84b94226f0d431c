"""Cross-consistency: what the decoders see, what they learn from, and where the gap's gradient goes."""

import pytest
import torch

from methods import registry
from methods.cct import CrossConsistency
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.supervised import segmentation_loss
from tests.contract.toy import SIZE, batch_for
from tests.methods.toy_runs import clock, made, moved, weights_after


def method(fidelity: str = "fixed", **overrides) -> CrossConsistency:
    built, _ = made("cct", fidelity, **overrides)
    assert isinstance(built, CrossConsistency)
    return built


def seen_in_a_step(built: CrossConsistency, stage) -> tuple[list[torch.Tensor], dict]:
    """Return the logits of the main and the auxiliary decoders, and the logged terms."""
    found = []
    decode = built.network.decode
    built.network.decode = lambda encoded: found.append(decode(encoded)) or found[-1]  # type: ignore[method-assign]
    auxiliary = []
    for part in built.auxiliary:
        part.register_forward_hook(lambda _, __, out: auxiliary.append(out))
    values = built.step(batch_for(stage), clock())
    return [found[0].logits, *auxiliary], dict(values)


def test_there_are_three_auxiliary_decoders_each_with_its_own_weights() -> None:
    parts = [torch.cat([w.flatten() for w in part.parameters()]) for part in method().auxiliary]
    assert len(parts) == 3
    assert not any(torch.equal(parts[i], parts[j]) for i in range(3) for j in range(i))


@pytest.mark.parametrize(("fidelity", "heads"), [("paper", 1), ("official", 4), ("fixed", 4)])
def test_the_terms_equal_the_loop_over_decoders(fidelity: str, heads: int) -> None:
    built, stage = made("cct", fidelity)
    assert isinstance(built, CrossConsistency)
    logits, values = seen_in_a_step(built, stage)
    masks = batch_for(stage).masks
    supervised = [segmentation_loss(found[:2], masks).item() for found in logits[:heads]]
    assert float(values["supervised"]) == pytest.approx(sum(supervised) / heads, rel=1e-5)
    main, *others = (probabilities(found[2:]) for found in logits)
    gaps = [((found - main) ** 2).sum().item() / main.numel() for found in others]
    assert float(values["consistency"]) == pytest.approx(sum(gaps) / 3, rel=1e-4)


def test_each_decoder_sees_its_own_perturbation_at_every_level() -> None:
    built = method()
    encoded = [level.detach() for level in built.network.encode(torch.rand(2, 1, SIZE, SIZE))]
    noised, dropped, masked = built.perturbed(encoded, clock())
    for level, one, two, three in zip(encoded, noised, dropped, masked, strict=True):
        assert one.shape == two.shape == three.shape == level.shape
        assert ((one - level).abs() <= 0.3 * level.abs() + 1e-6).all()
        kept = two != 0
        torch.testing.assert_close(two[kept], level[kept] / 0.7)
        assert 1 - kept.float().mean().item() == pytest.approx(0.3, abs=0.1)
        gone = (three == 0).all(1)
        torch.testing.assert_close(three.movedim(1, -1)[~gone], level.movedim(1, -1)[~gone])
        assert gone.any()


def test_perturbations_are_of_the_updates_own_numbers() -> None:
    built = method()
    encoded = built.network.encode(torch.rand(2, 1, SIZE, SIZE))
    seen = []
    for seed, own in ((0, 0), (1, 0), (0, 1)):
        torch.manual_seed(seed)
        seen.append(built.perturbed(encoded, clock(seed=own)))
    for first, again, other in zip(*seen, strict=True):
        assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
        assert not all(torch.equal(one, two) for one, two in zip(first, other, strict=True))


@pytest.mark.parametrize(("target", "reaches"), [("constant", False), ("free", True)])
def test_the_gap_moves_the_main_decoder_in_the_code_only(target: str, reaches: bool) -> None:
    with_gap = weights_after("cct", target=target, weight=100.0, ramp=0.0)
    changed = moved(with_gap, weights_after("cct", target=target, weight=0.0))
    assert any(key.startswith("auxiliary") for key in changed)
    assert any(key.startswith("network.encoder") for key in changed)
    assert ("network.classify.weight" in changed) is reaches


def test_in_the_paper_labels_teach_the_main_decoder_only() -> None:
    after = weights_after("cct", supervised="main", weight=0.0, weight_decay=0.0)
    before = {key: value.detach() for key, value in method().named_parameters()}
    assert not any(key.startswith("auxiliary") for key in moved(before, after))


def test_decoders_that_agree_have_no_gap() -> None:
    built = method(noise=0.0)
    copied = built.auxiliary[0].segmenter
    copied.load_state_dict({k: v for k, v in built.network.state_dict().items() if not k.startswith("encoder")})
    encoded = built.network.encode(torch.rand(2, 1, SIZE, SIZE))
    main, first = built.network.decode(encoded).logits, built.auxiliary[0](built.perturbed(encoded, clock())[0])
    assert squared_gap(probabilities(first), probabilities(main)).item() == pytest.approx(0, abs=1e-10)


def test_the_papers_and_the_codes_values() -> None:
    values = [registry.configure("cct", name, {}) for name in ("paper", "official", "fixed")]
    assert [config.weight for config in values] == [30.0, 0.1, 0.1]
    assert [config.target for config in values] == ["constant", "free", "constant"]
    assert [config.supervised for config in values] == ["main", "all", "all"]
