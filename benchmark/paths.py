"""Where a checkout keeps things."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / "results" / "runs"  # a folder a run
KEPT = ROOT / "results" / "kept"  # records that are published with the code
HTML = ROOT / "reports" / "html"
