"""The trainer: resumed anywhere equals straight through, in every stage; stages keep what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from benchmark.cells.augmentation import POLICIES
from benchmark.cells.seeding import seed
from benchmark.environment.device import precision_on
from benchmark.errors import RunError
from benchmark.training.checkpoint import Checkpoint
from benchmark.training.progress import Progress
from benchmark.training.trainer import Outcome, Settings, Trainer
from data.batches import Batches
from data.pool import Pool
from methods import registry
from methods.base import Budget, Draw, Stage
from tests.contract.toy import TASK

pytestmark = pytest.mark.usefixtures("thin")
CPU = torch.device("cpu")
BUDGET = Budget(updates=8, per_stage=False, labeled=2, unlabeled=2)
SIDE = 32


class KilledError(Exception):
    """Stands for the end of the process."""


class Silent(Progress):
    def __init__(self, kill_at: int | None = None) -> None:
        super().__init__(8, "toy")
        self.kill_at = kill_at

    def show(self, stage: str, update: int, terms: Any) -> None:
        if update == self.kill_at:
            raise KilledError


def pool(count: int, masked: bool, seed_: int) -> Pool:
    rng = torch.Generator().manual_seed(seed_)
    masks = torch.randint(0, 4, (count, SIDE, SIDE), generator=rng, dtype=torch.uint8) if masked else None
    images = torch.rand(count, 1, SIDE, SIDE, generator=rng)
    return Pool(images, masks, torch.zeros(count, dtype=torch.int64), torch.linspace(0, 1, count), ("a",))


def seed_of(*names: str | int) -> int:
    return seed("test", *names)


def trainer(name: str, validate: Any = None, fidelity: str = "fixed") -> tuple[Trainer, list[Stage]]:
    method = registry.build(name, TASK, "unet", registry.configure(name, fidelity, {}), weights=None, seed=1)
    batches = Batches(pool(5, True, 0), pool(7, False, 1), POLICIES["mri"], seed_of)
    settings = Settings(CPU, precision_on(CPU, "bf16"), 2, seed_of, log_every=1, save_seconds=0.0)
    return Trainer(method, batches, validate or weight_norm, settings), list(method.stages(BUDGET))


def weight_norm(predictor: nn.Module) -> float:
    return 1 / (1 + sum(w.detach().square().sum().item() for w in predictor.parameters()))


def train(name: str, path: Path | None, kill_at: int | None = None, fidelity: str = "fixed") -> Outcome:
    made, stages = trainer(name, fidelity=fidelity)
    return made.run(stages, Checkpoint(path), Silent(kill_at))


def assert_same(one: Outcome, other: Outcome) -> None:
    for left, right in ((one.chosen, other.chosen), (one.last, other.last)):
        assert left.keys() == right.keys()
        for name, state in left.items():
            assert [key for key in state if not torch.equal(state[key], right[name][key])] == []
    assert one.history.rows == other.history.rows


@pytest.mark.parametrize(
    ("name", "fidelity"),
    [*((name, "fixed") for name in sorted(registry.entries())), ("bcp", "official")],  # its first stage keeps its best
)
def test_killed_after_any_update_it_ends_with_the_same_weights(name: str, fidelity: str, tmp_path: Path) -> None:
    """Eight updates: in each stage of ACTION two or more kill points, first and last updates included."""
    straight = train(name, None, fidelity=fidelity)
    path = tmp_path / "checkpoint.pt"
    for kill_at in range(1, 9):
        with pytest.raises(KilledError):
            train(name, path, kill_at, fidelity)
        if kill_at > 1:  # killed before its save, an update is made again
            assert path.exists()
    assert_same(train(name, path, fidelity=fidelity), straight)


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    first = train("supervised", path)
    again, stages = trainer("supervised")
    again.batches = None  # type: ignore[assignment]  # any update would fail
    assert_same(again.run(stages, Checkpoint(path), Silent()), first)


def test_a_truncated_checkpoint_is_named_and_not_used(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    train("supervised", path)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(RunError, match=r"checkpoint.pt is damaged .*delete it"):
        train("supervised", path)


@pytest.mark.parametrize("place", [0.0, 0.2, 0.8, 0.9999])
def test_one_flipped_bit_of_a_checkpoint_is_found(tmp_path: Path, place: float) -> None:
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt")
    checkpoint.save({"weights": torch.arange(1000.0)})
    assert checkpoint.path is not None
    content = bytearray(checkpoint.path.read_bytes())
    content[int(place * len(content))] ^= 1
    checkpoint.path.write_bytes(content)
    with pytest.raises(RunError, match="damaged"):
        checkpoint.load(torch.device("cpu"))


def test_torch_reads_a_checkpoint_as_its_own(tmp_path: Path) -> None:
    Checkpoint(tmp_path / "checkpoint.pt").save({"weights": torch.arange(3)})
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["weights"].tolist() == [0, 1, 2]


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    path = tmp_path / "checkpoint.pt"
    Checkpoint(path).save({"stage": 0, "method": Hostile()})  # its checksum is right
    with pytest.raises(RunError, match="damaged"):
        train("supervised", path)
    assert not (tmp_path / "ran").exists()


def test_best_on_validation_keeps_the_first_of_equals_and_last_keeps_the_last() -> None:
    scores = iter([0.5, 0.5])
    made, stages = trainer("supervised", lambda _: next(scores))
    outcome = made.run(stages, Checkpoint(None), Silent())
    _half, _ = trainer("supervised", lambda _: 0.0)
    selection = made.selection
    assert selection is not None
    assert selection.best_update == 4
    assert any(not torch.equal(v, outcome.chosen["last"][k]) for k, v in outcome.chosen["val_best"].items())


def test_learning_rate_follows_the_schedule() -> None:
    made, stages = trainer("supervised")
    made.run(stages, Checkpoint(None), Silent())
    rate = made.trained["network"].optimizer.param_groups[0]["lr"]
    assert rate == pytest.approx(0.01 * (1 - 7 / 8) ** 0.9)


def test_a_loss_that_is_not_finite_ends_the_run_with_its_name() -> None:
    made, stages = trainer("supervised")
    made.method.step = lambda batch, clock: {"supervised": torch.tensor(float("nan"))}  # type: ignore[method-assign]
    with pytest.raises(RunError, match="'supervised' of stage 'train' is not finite by update 1"):
        made.run(stages, Checkpoint(None), Silent())


def test_a_stage_that_keeps_its_best_hands_it_to_the_next() -> None:
    scores = iter([0.9, 0.1, 0.0, 0.0])
    made, _ = trainer("supervised", lambda _: next(scores))
    draw = Draw(2, 0, ("weak",))
    seen: list[dict[str, torch.Tensor]] = []
    begin = made.method.begin

    def watched(stage: Stage) -> Any:
        seen.append({k: v.clone() for k, v in made.method.state_dict().items()})
        return begin(stage)

    made.method.begin = watched  # type: ignore[method-assign]
    made.run([Stage("one", 2, draw, keep="best"), Stage("two", 2, draw)], Checkpoint(None), Silent())
    alone, _ = trainer("supervised", lambda _: 0.0)
    alone.settings = made.settings
    stage = Stage("one", 2, draw)
    alone.selection = None
    alone.method.train()
    alone.trained = alone.method.begin(stage)
    for trained in alone.trained.values():
        for group in trained.optimizer.param_groups:
            group["initial_lr"] = group["lr"]
    alone._updates(stage, Silent().say).make(0)
    expected = alone.method.state_dict()
    assert all(torch.equal(seen[1][key], expected[key]) for key in expected)
