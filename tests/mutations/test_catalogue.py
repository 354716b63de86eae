from __future__ import annotations

import pytest

from tests.mutations.catalogue import DoesNotApply, Edit, mutations
from tests.site import ROOT


@pytest.mark.parametrize("mutation", mutations(), ids=lambda mutation: mutation.breaks)
def test_every_mutation_fits_the_code_of_today(mutation, tmp_path):
    for name in {edit.file for edit in mutation.edits}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())

    mutation.apply(tmp_path)

    for name in {edit.file for edit in mutation.edits}:
        assert (tmp_path / name).read_text() != (ROOT / name).read_text()
        if name.endswith(".py"):
            compile((tmp_path / name).read_text(), name, "exec")


def test_every_mutation_names_tests_that_are_there():
    named = {test for mutation in mutations() for test in mutation.tests if "/" in test}

    assert [test for test in named if not (ROOT / test.partition("::")[0]).exists()] == []


def test_the_documentation_says_of_every_mutation_what_happens_and_of_no_other():
    text = (ROOT / "docs/reliability.md").read_text()
    table = text.partition("\n| rule |")[2].partition("\n\n")[0]
    rows = [line.split(" | ") for line in table.splitlines()[2:]]

    assert [(row[0][2:], row[2]) for row in rows] == [(one.rule, one.breaks) for one in mutations()]


@pytest.mark.parametrize("old", ["= 3", "= 1"])
def test_an_edit_of_what_is_missing_or_there_twice_is_refused(tmp_path, old):
    (tmp_path / "code.py").write_text("a = 1\nb = 1\n")

    with pytest.raises(DoesNotApply, match=r"mutations\.toml"):
        Edit("code.py", old, "= 2").apply(tmp_path)
