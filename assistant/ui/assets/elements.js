// The custom elements of the page. Each works on its own markup only and keeps no state that the server does not have.

// <cc-live src="/case/x/uploads/list" every="1000">: keeps its content equal to a fragment that the server renders
// (and escapes). Asks again after `every` milliseconds while the fragment's first element has data-live="yes",
// after five times as long otherwise, and not at all while the tab is hidden. A form inside with data-stay is sent
// without leaving the page; with data-stay="show" the answer is the fragment as it is then. A turn that stands in a <cc-hold> of the same page is not shown twice.
class Live extends HTMLElement {
  connectedCallback() {
    this.known = null;
    this.tag = null;
    this.soon = () => { this.hideHeld(); if (!document.hidden) this.schedule(0); };
    document.addEventListener("visibilitychange", this.soon);
    document.addEventListener("cc-changed", this.soon);
    this.addEventListener("submit", (event) => this.send(event));
    this.schedule(0);
  }
  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.soon);
    document.removeEventListener("cc-changed", this.soon);
  }
  schedule(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), after);
  }
  async refresh() {
    if (!this.isConnected || document.hidden) return;
    try {
      const headers = { accept: "text/html", ...(this.tag ? { "if-none-match": this.tag } : {}) };
      const answer = await fetch(this.getAttribute("src"), { headers });
      const text = await answer.text();
      if (answer.ok && text !== this.known && !this.querySelector("details[open] :focus")) {
        this.show(text);
        this.tag = answer.headers.get("etag");
      }
    } catch { /* the server is away: ask again later */ }
    this.hideHeld();
    const live = this.firstElementChild?.dataset.live === "yes";
    this.schedule(Number(this.getAttribute("every") ?? 1000) * (live ? 1 : 5));
  }
  show(text) {
    this.known = text;
    const focused = this.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...this.querySelectorAll("details[open]")].map((found) => place(found));
    this.innerHTML = text;
    for (const found of this.querySelectorAll("details")) if (open.includes(place(found))) found.open = true;
    if (focused) document.getElementById(focused)?.focus();
    if (this.hasAttribute("end") && !this.shown) this.lastElementChild?.lastElementChild?.scrollIntoView({ block: "end" });
    this.shown = true;
  }
  hideHeld() {
    for (const turn of this.querySelectorAll("[data-turn]")) {
      const held = document.querySelector(`cc-hold[turn="${turn.dataset.turn}"]`);
      turn.hidden = held !== null;
      held?.follow(); // the turns before it may have come only now
    }
  }
  async send(event) {
    const form = event.target;
    if (!("stay" in form.dataset) || event.defaultPrevented) return; // a fragment inside this one has sent it
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data) });
    if (form.dataset.stay === "show" && answer.ok) this.show(await answer.text());
    document.dispatchEvent(new Event("cc-changed"));
  }
}

function place(details) {
  const turn = details.closest("[data-turn]");
  const scope = turn ?? details.closest("cc-live");
  return `${turn?.dataset.turn ?? ""}/${[...scope.querySelectorAll("details")].indexOf(details)}`;
}

// <cc-hold turn="12">: the turn that this tab has asked; the transcript leaves it out meanwhile. It stays in view while
// it grows, until the person at the page does something else.
class Hold extends HTMLElement {
  connectedCallback() {
    this.watcher = new MutationObserver(() => this.changed()); // Gradio makes it anew, or changes what is in it
    this.watcher.observe(this, { attributes: true, attributeFilter: ["turn"], childList: true, subtree: true });
    this.changed();
  }
  disconnectedCallback() {
    this.watcher.disconnect();
  }
  changed() {
    if (Hold.last !== this.getAttribute("turn")) {
      Hold.last = this.getAttribute("turn");
      Hold.following = true;
      document.dispatchEvent(new Event("cc-changed"));
    }
    this.follow();
  }
  follow() {
    if (Hold.following) this.scrollIntoView({ block: "start" });
  }
}
for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  document.addEventListener(name, () => { Hold.following = false; }, { capture: true, passive: true });
}

// <cc-here search="?case=x&conversation=3">: the address of the page names the conversation, so that a reload finds it;
// and who has come here writes at once: browsers refuse the box its autofocus where a page was left by the keyboard.
class Here extends HTMLElement {
  connectedCallback() {
    history.replaceState(null, "", this.getAttribute("search"));
    const watcher = new MutationObserver(() => { if (this.begun()) watcher.disconnect(); }); // it opens with the case
    if (!this.begun()) watcher.observe(document.body, { subtree: true, childList: true, attributeFilter: ["disabled"] });
  }
  begun() {
    const box = document.querySelector("#question textarea");
    if (!box || box.disabled) return false;
    if (document.activeElement === document.body) box.focus();
    return true;
  }
}

// <cc-cite><a>[1]</a><span role="tooltip">: the quote is shown on hover and focus by the style sheet; Escape hides it,
// and so does opening the source, where it stands: it would lie over the marks below.
class Cite extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => { if (event.key === "Escape") this.classList.add("closed"); });
    this.addEventListener("click", (event) => {
      if (!event.target.closest("a")) return;
      this.classList.add("closed");
      document.querySelector("iframe[name=source]")?.scrollIntoView({ block: "nearest" }); // below, in a narrow window
    });
    for (const name of ["mouseleave", "focusout"]) this.addEventListener(name, () => this.classList.remove("closed"));
  }
}

// <cc-copy src="/…" done="Copied"><button>: puts the text behind an address on the clipboard.
class Copy extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => { if (event.target.closest("button")) this.copy(); });
  }
  async copy() {
    const answer = await fetch(this.getAttribute("src"));
    await navigator.clipboard.writeText(await answer.text());
    const said = this.querySelector("[role=status]");
    if (said) said.textContent = this.getAttribute("done") ?? "";
  }
}

const elements = { "cc-live": Live, "cc-hold": Hold, "cc-here": Here, "cc-cite": Cite, "cc-copy": Copy };
for (const [name, made] of Object.entries(elements)) customElements.define(name, made);
