"""What a command that refuses leaves: its exit code and what it said."""

from __future__ import annotations

import pytest

from benchmark.command import main


def outcome(capsys: pytest.CaptureFixture[str], command, words: list[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main("benchmark.run", lambda: command.command(words))
    code = ended.value.code
    return (code if isinstance(code, int) else 1), capsys.readouterr().err
