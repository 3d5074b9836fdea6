"""What `make check` runs: all that needs no test. Every check runs, and the last line names those that failed."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PYTHON = sys.executable
_TOOLS = Path(sys.executable).parent

# Settings that a real installation would have, so that `check --deploy` judges production.
_PRODUCTION = {
    "KYPHOTRACK_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "care.example",
    "SITE_ADDRESS": "https://care.example",
    "DATABASE_URL": "postgres://kyphotrack:secret@127.0.0.1/kyphotrack",
    "DEFAULT_FROM_EMAIL": "Care team <no-reply@care.example>",
}
# In memory: a check must not depend on what a demo left behind.
_TEST = {"KYPHOTRACK_MODE": "test", "DATABASE_URL": "sqlite:///:memory:"}

CHECKS: tuple[tuple[str, list[object], dict[str, str]], ...] = (
    ("lint", [_TOOLS / "ruff", "check", "."], {}),
    ("format", [_TOOLS / "ruff", "format", "--check", "--output-format=concise", "."], {}),
    ("templates", [_TOOLS / "djlint", "templates", "--lint", "--quiet"], {}),
    ("contracts between the apps", [_TOOLS / "lint-imports", "--no-logo"], _TEST),
    ("types", [_TOOLS / "mypy"], _TEST),
    ("migrations match the models", [_PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], _TEST),
    ("deployment settings", [_PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], _PRODUCTION),
)


def main() -> int:
    failed = []
    for name, command, environment in CHECKS:
        print(f"--- {name}", flush=True)
        result = subprocess.run(
            [str(part) for part in command], cwd=ROOT, env={**os.environ, **environment, "PYTHONPATH": str(ROOT)}
        )
        if result.returncode:
            failed.append(name)
    print(f"Checks failed: {', '.join(failed)}." if failed else "All checks passed.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
