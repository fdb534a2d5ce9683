"""Nothing leaves the machine: one module downloads, one talks to a server that an administrator switched on."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("casefile", "ingest", "assistant", "eval", "prompts", "data")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
REACHING_OUT = (
    "urllib.request", "urllib3", "http.client", "httpx", "requests", "aiohttp", "huggingface_hub", "ftplib", "telnetlib",
    "smtplib", "imaplib", "poplib", "xmlrpc", "websockets", "pycurl", "fsspec",
)  # fmt: skip
ALLOWED = {
    "assistant/models/download.py": {"urllib.request", "http.client"},
    "assistant/chat_models/server_exchange.py": {"httpx"},
}
HOSTS_OF_MODELS = ("huggingface", "hf.co", "ollama.com", "modelscope", "ggml.ai")


def imported(path: Path) -> set[str]:
    """Full names of all modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    return names


def reaching_out(path: Path) -> set[str]:
    """What of it can reach beyond this machine."""
    found = imported(path)
    return {ban for ban in REACHING_OUT if any(name == ban or name.startswith(f"{ban}.") for name in found)}


def test_no_other_module_imports_what_reaches_out() -> None:
    found = {path.relative_to(ROOT).as_posix(): reaching_out(path) for path in MODULES}
    assert {
        name: bans - ALLOWED.get(name, set()) for name, bans in found.items() if bans - ALLOWED.get(name, set())
    } == {}


def test_the_search_itself_finds_what_it_looks_for(tmp_path: Path) -> None:
    path = tmp_path / "sly.py"
    path.write_text(
        "def f():\n    from urllib import request\n    import httpx\n    import importlib\n"
        "    importlib.import_module('requests')\n    from huggingface_hub import hf_hub_download\n    import urllib.parse\n"
    )
    assert reaching_out(path) == {"urllib.request", "httpx", "requests", "huggingface_hub"}
    assert reaching_out(ROOT / "assistant/models/download.py") == ALLOWED["assistant/models/download.py"]


def test_only_the_command_pull_can_start_a_download() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        if imported(path) & {"assistant.models.download", "assistant.models.pulling"}
    }
    assert users <= {"assistant/cli/models.py", "assistant/cli/model_offer.py", "assistant/models/pulling.py"}


def test_hosts_of_models_are_named_in_the_catalogue_only() -> None:
    named = {
        path.relative_to(ROOT).as_posix()
        for path in (*MODULES, *(path for package in PACKAGES for path in (ROOT / package).rglob("*.toml")))
        if any(f"{host}/" in path.read_text() or f"//{host}" in path.read_text() for host in HOSTS_OF_MODELS)
    }
    assert named <= {"assistant/models/catalogue.toml"}
