"""CloudFormation's own linter finds nothing in what is synthesised."""

import subprocess
import sys
from pathlib import Path

from infra.code import ROOT
from tests.infra.assembly import Assembly


def test_cfn_lint_finds_nothing(assembly: Assembly) -> None:
    templates = [
        *sorted(assembly.folder.glob("Citylake-*.template.json")),
        *sorted(assembly.folder.glob("city/*.template.json")),
    ]

    command = Path(sys.executable).with_name("cfn-lint")
    run = subprocess.run(
        [command, "--config-file", ROOT / ".cfnlintrc.yaml", "--template", *templates],
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(templates) == 8
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
