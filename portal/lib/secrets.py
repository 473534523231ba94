"""Where the keys come from: a file named by PORTAL_SECRETS, or, outside production, one made at the first start.

The file is JSON: {"django": "…", "key_ring": {"current": "id", "keys": {"id": "base64 of 32 bytes"}}}. Keys made here
carry an id that begins with "demo", which production refuses (portal.checks). For production:

    python -m portal.lib.secrets FILE             makes the file, readable by its owner only
    python -m portal.lib.secrets FILE --add-key   adds a key for what is written from now on; the old ones stay
"""

import base64
import contextlib
import json
import os
import secrets
import sys
import time
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
    with contextlib.suppress(FileExistsError):
        write(path, made("demo1"))


def made(key_id: str) -> dict:
    return {"django": secrets.token_urlsafe(50), "key_ring": {"current": key_id, "keys": {key_id: _key()}}}


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def write(path: Path, found: dict, may_replace=False):
    """Wholly or not at all, and never readable by others, not even for a moment."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(json.dumps(found, indent=1))
        if may_replace:
            draft.replace(path)
        else:
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def add_key(found: dict, key_id: str) -> dict:
    keys = {**found["key_ring"]["keys"], key_id: _key()}
    return {**found, "key_ring": {**found["key_ring"], "keys": keys, "current": key_id}}


def main(arguments) -> int:
    path, key_id = Path(arguments[0]), time.strftime("k%Y%m%d%H%M%S")
    if "--add-key" in arguments:
        write(path, add_key(json.loads(path.read_text()), key_id), may_replace=True)
        print(f"{path}：已加入密钥 {key_id}，此后写入的数据用它加密。")
        return 0
    try:
        write(path, made(key_id))
    except FileExistsError:
        print(f"{path} 已存在，没有改动；其中的密钥一旦丢失，已加密的数据就无法读取。", file=sys.stderr)
        return 1
    print(f"{path}：已生成。请离线备份。")
    return 0


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("用法：python -m portal.lib.secrets 文件 [--add-key]")
    sys.exit(main(sys.argv[1:]))
