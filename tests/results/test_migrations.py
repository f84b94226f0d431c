"""Records of the network that was called ``unet`` before say ``unet-transposed``, by their count of weights."""

import json
from pathlib import Path

import pytest

from methods.networks.unet import UNet
from results.errors import ForeignError, ResultError
from results.record import SCHEMA, parse_record, read_record
from results.store import Store
from results.weights import may_be_released
from tests.results.made import cases, record

KEPT = Path(__file__).resolve().parents[2] / "results" / "kept"
ONE = "acdc-3-action-unet-quick-s0-fa031400"


def of_version_1(parameters: int | str, structures: int = 3, backbone: str = "unet") -> bytes:
    values = record(cases(), backbone=backbone).model_dump(mode="json")
    values |= {"schema_version": 1, "parameters": parameters, "structures": ["RV", "Myo", "LV", "more"][:structures]}
    return json.dumps(values).encode()


@pytest.mark.parametrize(
    ("parameters", "structures", "backbone", "read"),
    [
        (1_944_324, 3, "unet", "unet-transposed"),
        (1_944_324 + 145, 4, "unet", "unet-transposed"),
        (1_950_000, 3, "unet", "unet-transposed"),  # a predictor with weights of its own
        (1_813_764, 3, "unet", "unet"),
        ("1813764", 3, "unet", "unet"),
        ("1944324", 3, "unet", "unet-transposed"),
        (1_813_764 - 145, 2, "unet", "unet"),
        (14_000_000, 3, "resnet18", "resnet18"),
    ],
)
def test_the_weights_tell_which_network_an_old_record_is_of(
    parameters: int | str, structures: int, backbone: str, read: str
) -> None:
    found = parse_record(of_version_1(parameters, structures, backbone), "a record")
    assert found.cell.backbone == read
    assert found.schema_version == SCHEMA == 4


def test_a_record_of_this_version_says_its_network_itself() -> None:
    again = parse_record(record(cases()).model_dump_json().encode(), "a record")
    assert again.cell.backbone == "unet" and not again.cell.is_renamed


@pytest.mark.parametrize("parameters", [1_944_324, "1944324", 1_813_764 - 145])
def test_a_record_of_this_version_is_not_of_unet_with_another_count_of_weights(parameters: int | str) -> None:
    values = record(cases()).model_dump(mode="json") | {"parameters": parameters}
    with pytest.raises(ResultError) as error:
        parse_record(json.dumps(values).encode(), "a record")
    words = f"a record: parameters: {int(parameters):,}, but network unet has 1,813,764 weights at 3 structures"
    assert str(error.value) == words


def test_a_count_given_as_text_is_a_number_and_other_networks_have_any() -> None:
    values = record(cases()).model_dump(mode="json")
    assert parse_record(json.dumps({**values, "parameters": "1813764"}).encode(), "a record").parameters == 1_813_764
    other = {**values, "parameters": 7, "cell": {**values["cell"], "backbone": "resnet18"}}
    assert parse_record(json.dumps(other).encode(), "a record").parameters == 7


def test_an_older_record_does_not_tell_its_data_by_content_and_one_of_today_may() -> None:
    values = record(cases()).model_dump(mode="json") | {"schema_version": 2}
    del values["content"]
    older = parse_record(json.dumps(values).encode(), "a record")
    assert (older.content, older.schema_version, older.data_fingerprint) == (None, 4, "d")
    told = {"training": "content-1", "scoring": "content-2"}
    today = parse_record(json.dumps({**values, "schema_version": 3, "content": told}).encode(), "a record")
    assert today.content is not None and (today.content.training, today.content.scoring) == ("content-1", "content-2")


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_missing_count_says_what_would_be_right(version: int) -> None:
    values = record(cases()).model_dump(mode="json") | {"schema_version": version}
    del values["parameters"]
    right = r"parameters: Field required; network unet has 1,813,764 weights at 3 structures"
    with pytest.raises(ResultError, match=right):
        parse_record(json.dumps(values).encode(), "a record")


def test_only_a_network_whose_id_has_its_old_name_was_renamed() -> None:
    ids = [f"acdc-3-supervised-{name}-quick-s0-12345678" for name in ("unet", "unet-transposed")]
    found = [record(cases(), id=one, backbone="unet-transposed").cell.is_renamed for one in ids]
    assert found == [True, False]


def test_a_kept_record_is_read_as_the_transposed_network_under_its_old_id() -> None:
    found = read_record(KEPT / ONE / "record.json")
    assert found.cell.backbone == "unet-transposed"
    assert found.cell.id == ONE and found.cell.is_renamed
    assert Store(KEPT).has(ONE)  # and its files are still what their checksums say
    assert Store(KEPT).load(ONE).values()["backbone"] == "unet"


@pytest.mark.parametrize(("channels", "counts"), [(1, True), (2, True), (4, True), (1.5, False), (0, False)])
def test_the_released_network_is_told_by_its_weights_for_any_number_of_channels(channels: float, counts: bool) -> None:
    weights = 1_813_764 + round(144 * (channels - 1))
    assert may_be_released(weights, structures=3) is counts
    if counts:
        network = UNet(4, int(channels))
        assert sum(weight.numel() for weight in network.parameters()) == weights


def test_the_network_of_transposed_convolutions_is_none_of_any_number_of_channels() -> None:
    assert not any(may_be_released(1_944_324 + 145 * (n - 3), structures=n) for n in range(1, 60))


def test_of_our_methods_alone_the_weights_are_those_of_the_network_they_name() -> None:
    values = record(cases()).model_dump(mode="json") | {"parameters": 1_813_784}
    values["cell"]["backbone"] = "unet"
    with pytest.raises(ForeignError, match=r"a record: parameters: 1,813,784, but network unet has 1,813,764 weights"):
        parse_record(json.dumps(values).encode(), "a record")
    values["cell"]["outside"] = {"method": {"name": "mine.py", "digest": "0123"}}
    assert parse_record(json.dumps(values).encode(), "a record").parameters == 1_813_784
    values["cell"]["outside"] = {"backbone-unet": {"name": "mine.py", "digest": "0123"}}
    with pytest.raises(ForeignError, match="parameters"):
        parse_record(json.dumps(values).encode(), "a record")


def test_a_record_of_version_3_names_no_audit_and_one_of_today_may() -> None:
    values = record(cases()).model_dump(mode="json") | {"schema_version": 3}
    del values["audit"]
    older = parse_record(json.dumps(values).encode(), "a record")
    assert (older.audit, older.schema_version) == (None, 4)
    told = {"fingerprint": "0123", "scope": "names", "leaks": ["frames torn apart: a and b"]}
    today = parse_record(json.dumps({**values, "schema_version": 4, "audit": told}).encode(), "a record")
    assert today.audit is not None and today.audit.leaks == ("frames torn apart: a and b",)
