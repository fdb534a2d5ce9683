"""No template can make markup out of evidence, run a script, or name another host. Read from the files themselves."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError, nodes

from assistant.ui.templates import FOLDER, environment, rendered, visible
from assistant.ui.texts import speaker

TEMPLATES = sorted(FOLDER.rglob("*.html"))
ASSETS = FOLDER.parent / "assets"
PAGE = FOLDER.parent
_FORBIDDEN_FILTERS = {
    "safe",
    "xmlattr",
    "tojson",
    "forceescape",
    "urlize",
    "striptags",
    "indent",
    "wordwrap",
}
"""What ends the escaping, or makes markup of its own, or takes escaped text apart."""


def faults(source: str) -> list[str]:
    """What a template may not hold."""
    found = []
    tree = environment().parse(source)
    found += [f"filter {used.name}" for used in tree.find_all(nodes.Filter) if used.name in _FORBIDDEN_FILTERS]
    found += [
        f"name {used.name}"
        for used in tree.find_all(nodes.Name)
        if used.name in {"Markup", "safe", "autoescape", "request"}
    ]
    if list(tree.find_all(nodes.ScopedEvalContextModifier)) or list(tree.find_all(nodes.EvalContextModifier)):
        found.append("autoescape is switched")
    found += [f"attribute {used.attr}" for used in tree.find_all(nodes.Getattr) if used.attr.startswith("_")]
    markup = _without_expressions(source)
    found += [fault for tag in re.findall(r"<[a-zA-Z][^>]*>", markup) for fault in _faults_of(tag)]
    if re.search(r"<script[^>]*>[^<]*\S[^<]*</script>", markup):
        found.append("a script in the page")
    return found


def _faults_of(tag: str) -> list[str]:
    """What a tag may not hold."""
    found = []
    name = re.match(r"<([\w-]+)", tag)[1].lower()  # type: ignore[index]
    if re.search(r"\son[a-z]+\s*=", tag, re.IGNORECASE):
        found.append(f"event attribute: {tag}")
    if re.search(r"\s(style|srcdoc|formaction|ping|action-url|http-equiv|background)\s*=", tag, re.IGNORECASE):
        found.append(f"attribute: {tag}")
    if name in {"style", "base", "object", "embed", "applet", "template", "math"}:
        found.append(f"element: {tag}")
    if name == "script" and not re.search(r'\ssrc="/assets/[a-z]+\.js"', tag):
        found.append(f"script: {tag}")
    if re.search(r"""\s[\w-]+\s*=\s*["']?\s*(?:[a-z][a-z0-9+.-]*:|//)""", tag, re.IGNORECASE):
        found.append(f"another place: {tag}")
    if re.search(r"\s[\w-]+=\x01", tag):
        found.append(f"an attribute without quotes: {tag}")
    return found


def _without_expressions(source: str) -> str:
    """The markup alone: each expression is one sign, statements and comments are gone."""
    tokens = environment().lexer.tokeniter(source, None)
    out, inside = [], ""
    for _, kind, text in tokens:
        if kind in {"variable_begin", "block_begin", "comment_begin", "raw_begin"}:
            inside = kind
            out.append("\x01" if kind == "variable_begin" else "")
        elif kind in {"variable_end", "block_end", "comment_end", "raw_end"}:
            inside = ""
        elif not inside and kind == "data":
            out.append(text)
    return "".join(out)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_template_is_clean(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "{{ name|safe }}", "{{ Markup(name) }}", "{% autoescape false %}{{ name }}{% endautoescape %}", '<p style="color:red">x</p>',
        '<p onclick="x()">', "<script>x()</script>", '<img src="https://192.0.2.1/x.png">', '<img src="//192.0.2.1/x.png">',
        '<a href="javascript:x()">', "<a href={{ name }}>", '<script src="http://192.0.2.1/x.js"></script>', "<style>p{}</style>",
        "{{ name.__class__ }}", '<iframe srcdoc="{{ name }}"></iframe>', "{{ name|urlize }}", '<p\nONCLICK = "x">',
        '<link rel="stylesheet" href="https://192.0.2.1/x.css">',
    ],
)  # fmt: skip
def test_the_reading_finds_what_it_looks_for(source: str) -> None:
    assert faults(source)


def test_everything_is_escaped_and_nothing_undefined_is_passed_over() -> None:
    made = environment()
    assert made.autoescape is True
    text = "<b title='x'>&\"</b>"
    assert made.from_string("{{ x }}|{{ x|visible }}").render(x=text).count("<") == 0
    with pytest.raises(UndefinedError, match="'message' is undefined"):
        rendered("door.html", {"t": speaker("en")})


def test_directions_and_controls_are_made_visible() -> None:
    assert visible("a\u202eb\x1b[2J\0") == "a\\u202eb\\x1b[2J\\x00"


def test_no_code_of_the_page_makes_markup_of_its_own() -> None:
    for path in PAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for sign in ("Markup", "markupsafe", "|safe", "autoescape=False", "from_string", "render_template_string"):
            assert sign not in text, (path.name, sign)
        for made in re.findall(r"""f?["']<[a-zA-Z/][^"']*""", text):
            assert path.name == "guard.py", (path.name, made)  # the two elements that it puts into Gradio's page


def test_assets_name_no_other_host_and_make_no_code_of_texts() -> None:
    for path in sorted(ASSETS.iterdir()):
        text = path.read_text(encoding="utf-8")
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}[^\s\"')]*", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, (path.name, addresses)
        assert set(re.findall(r"@import[^;]*", text)) <= {'@import url("shared.css")'}
        for sign in (
            "eval(",
            "new Function",
            "document.write",
            "insertAdjacentHTML",
            "outerHTML",
            'setAttribute("on',
            "postMessage",
        ):
            assert sign not in text, (path.name, sign)
        for call in re.findall(r"url\(([^)]*)\)", text):
            assert call.strip("'\"").startswith(("/assets/", "data:image/svg+xml", "shared.css")), (path.name, call)


def test_script_puts_into_the_page_only_what_our_server_rendered() -> None:
    """`innerHTML` is set once: with a fragment from an address of this origin, made by a template that escapes."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.js")))
    assert re.findall(r"\.innerHTML\s*=\s*[^;]+", text) == [".innerHTML = text"]
