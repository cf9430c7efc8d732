"""The test suite finds leaks: a test that leaves something behind fails."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("leak", "named"),
    [
        (
            "import threading as t; t.Thread(target=t.Event().wait, daemon=True, name='idler').start()",
            "idler",
        ),
        ("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1)", "process"),
        ("from PySide6.QtWidgets import QLabel; global kept; kept = QLabel('x')", "QLabel"),
    ],
    ids=["thread", "process", "widget"],
)
def test_a_test_that_leaks_fails_and_the_leak_is_named(
    pytester: pytest.Pytester, leak: str, named: str
) -> None:
    pytester.makeconftest(CONFTEST.replace("PATIENCE = 5.0", "PATIENCE = 0.1"))
    pytester.makepyfile(f"def test_leaks(qapp):\n    {leak}\n\ndef test_keeps_clean(qapp):\n    pass\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-o", "qt_api=pyside6")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([f"*left behind*{named}*"])


def test_a_qt_warning_fails_the_test(pytester: pytest.Pytester, pytestconfig: pytest.Config) -> None:
    level = pytestconfig.getini("qt_log_level_fail")
    pytester.makepyfile(
        "from PySide6.QtCore import qWarning\n\ndef test_warns(qapp):\n    qWarning('something is off')\n"
    )
    result = pytester.runpytest_subprocess("-o", "qt_api=pyside6", "-o", f"qt_log_level_fail={level}")
    result.assert_outcomes(failed=1)
