"""Where the keys come from: a file named by PORTAL_SECRETS, or, outside production, one made at the first start.

The file is JSON: {"django": "…", "key_ring": {"current": "id", "keys": {"id": "base64 of 32 bytes"}}}. Keys made here
carry an id that begins with "demo", which production refuses (portal.checks).
"""

import base64
import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Secrets:
    django: str
    key_ring: dict


def load(default_path: Path, is_production: bool) -> Secrets:
    given = os.environ.get("PORTAL_SECRETS")
    path = Path(given) if given else default_path
    if not path.exists():
        if given or is_production:
            raise SystemExit(f"找不到密钥文件 {path}；请按 README“部署”一节生成，并用 PORTAL_SECRETS 指明。")
        _make(path)
    found = json.loads(path.read_text())
    return Secrets(found["django"], found["key_ring"])


def _make(path: Path):
    """Two processes may start at once: the first file wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    made = {"django": secrets.token_urlsafe(50), "key_ring": {"current": "demo1", "keys": {"demo1": key}}}
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(made))
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
