"""Makes a bundle with a small model, installs it with the cable pulled into an empty HOME, and runs the demo there.

`make prove` runs it: gathering wheels needs a network, so pytest, which has none here, cannot. Installing and the demo
run in a network namespace without any interface (`unshare --net`, as root), with an environment that holds only PATH,
HOME and LANG.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts import bundle

MODEL = "tiny-random"


def main() -> int:
    """Prove it; returns 0 when everything was as it should be."""
    with tempfile.TemporaryDirectory(prefix="caseclerk-bundle-") as scratch:
        top = Path(scratch)
        home = ["--home", str(top / "home")]
        caseclerk = [str(Path(sys.executable).with_name("caseclerk")), *home]
        subprocess.run([sys.executable, "-m", "eval.random_model", str(top / "tiny.gguf")], check=True)
        subprocess.run([*caseclerk, "models", "add", str(top / "tiny.gguf"), "--id", MODEL], check=True)
        bundle.make(top / "bundle", [MODEL], top / "home")
        shutil.rmtree(top / "home")
        return check(top)


def check(top: Path) -> int:
    """Install and run the demo without a network; returns the exit code."""
    (top / "empty").mkdir()
    alone = ["unshare", "--net", "env", "-i", f"PATH={_path()}", f"HOME={top / 'empty'}", "LANG=C.UTF-8"]
    there = subprocess.run([*alone, "ip", "-brief", "address"], capture_output=True, text=True, check=False)
    print(f"Interfaces: {there.stdout.strip() or 'none to be seen'}", flush=True)
    subprocess.run([*alone, "python3", str(top / "bundle" / "install.py"), "--demo"], check=True)
    program = top / "empty" / ".local" / "share" / "caseclerk-app" / "bin" / "caseclerk"
    listed = subprocess.run([*alone, str(program), "models", "list", "--json"], capture_output=True, check=True)
    found = list(json.loads(listed.stdout)["in_use"].values())
    answer = subprocess.run(
        [*alone, str(program), "ask", "Which accounts are named?", "--case", "demo", "--json"],
        capture_output=True,
        check=True,
    )
    kind = json.loads(answer.stdout)["engine"]["kind"]
    print(f"In use: {', '.join(found)}. Answered by: {kind}.")
    return 0 if found == [MODEL] and kind == "ministral" else 1


def _path() -> str:
    return f"{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin"


if __name__ == "__main__":
    sys.exit(main())
