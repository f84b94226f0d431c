"""What to cite is there for every method, network and data set of this repository, and stands as BibTeX."""

import re

import pytest

from methods.registry import entries as methods
from results.references import DATASETS, ENCODERS, LIBRARY, METHODS, UNET, entries, network_keys


def fields(entry: str) -> dict[str, str]:
    """Return the fields of an entry."""
    found = re.findall(r"^  (\w+) *= \{(.*?)\},?$", entry, re.MULTILINE | re.DOTALL)
    return {name: " ".join(value.split()) for name, value in found}


def test_every_method_of_this_repository_has_an_entry() -> None:
    assert set(methods()) <= set(METHODS)
    assert {*METHODS.values(), *DATASETS.values(), UNET, LIBRARY, ENCODERS} <= set(entries())


def test_an_entry_is_the_paper_that_the_method_names() -> None:
    for name, method in methods().items():
        entry = fields(entries()[METHODS[name]])
        first = re.search(r"(\w+) (?:et al\.|& \w+), ([\w ]+) (\d{4})", method.paper)
        assert first is not None, name
        author, venue, year = first.groups()
        assert entry["author"].startswith(f"{author}, ") and entry["year"] == year, name
        assert venue in entry.get("booktitle", entry.get("journal", "")), name
        arxiv = re.search(r"arXiv (\S+)", method.paper)
        assert arxiv is None or entry["eprint"] == arxiv[1], name


@pytest.mark.parametrize("key", sorted(entries()))
def test_an_entry_is_whole(key: str) -> None:
    entry, found = entries()[key], fields(entries()[key])
    assert entry.startswith(("@inproceedings{", "@article{", "@misc{")) and entry.endswith("\n}\n")
    assert entry.count("{") == entry.count("}")
    assert {"title", "author", "year"} <= set(found) and all(found.values())
    assert all(re.fullmatch(r"\S+( \S+)*, \S.*|others", name) for name in found["author"].split(" and "))
    assert re.fullmatch(r"\d+(--\d+)?", found.get("pages", "1"))
    assert ("eprint" in found) == ("archiveprefix" in found)


def test_acdc_is_cited_as_it_asks_to_be() -> None:
    found = fields(entries()[DATASETS["acdc"]])
    assert (found["journal"], found["volume"], found["number"]) == ("IEEE Transactions on Medical Imaging", "37", "11")
    assert (found["year"], found["pages"], found["doi"]) == ("2018", "2514--2525", "10.1109/TMI.2018.2837502")


def test_a_network_of_a_library_is_cited_by_it() -> None:
    assert network_keys("unet") == network_keys("unet-transposed") == [UNET]
    assert network_keys("unetplusplus:resnet34") == [LIBRARY]
    assert network_keys("tu-convnext_tiny") == network_keys("fpn:tu-resnet18") == [LIBRARY, ENCODERS]
