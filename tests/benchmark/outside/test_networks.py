"""A stranger's method may put layers of its own on a network of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import run
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
