"""A stranger's method may have layers of its own, but no updates beyond what all have."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import run
from methods.errors import MethodError
from results.store import Store
from tests.benchmark.outside.strangers import WORDS, written

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")

HEADED = """

class Headed(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network, self.head = network, torch.nn.Conv2d(4, 4, 1)

    def forward(self, images):
        return self.head(self.network(images))
"""


def test_a_layer_more_than_the_network_has_is_trained_kept_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.page.build_page", lambda *_, **__: "no page")
    file = written(tmp_path / "m.py", more=HEADED)
    file.write_text(file.read_text().replace("networks.segmenter()", "Headed(networks.segmenter())"))
    plain = written(tmp_path / "plain.py", name="plain")
    for one in (file, plain):
        assert run.command(["--method", str(one), *WORDS, "--out", str(tmp_path / "out")]) == 0
    counts = {one.record.cell.method: one.record.parameters for one in Store(tmp_path / "out").records()}
    assert counts["mine"] - counts["plain"] == 4 * 4 + 4


def test_a_run_of_more_updates_than_are_granted_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = "\n    def stages(self, budget):\n        (one,) = super().stages(budget)\n"
    more += "        return [type(one)(one.name, 3 * one.updates, one.draw)]\n"
    file = written(tmp_path / "m.py", more=more)
    with pytest.raises(MethodError, match=r"take 6 updates where 2 are granted in all; cut them by budget\.split"):
        run.command(["--method", str(file), *WORDS, "--out", str(tmp_path / "out")])
    assert not list((tmp_path / "out").glob("*/record.json"))
