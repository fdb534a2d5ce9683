// The custom elements of the page. Each works on its own markup only and keeps no state that the server does not have.

// <cc-live src="/case/x/uploads/list" every="1000">: keeps its content equal to a fragment that the server renders
// (and escapes). Asks again after `every` milliseconds while the fragment's first element has data-live="yes",
// after five times as long otherwise, and not at all while the tab is hidden.
class Live extends HTMLElement {
  connectedCallback() {
    this.known = null;
    this.onseen = () => { if (!document.hidden) this.refresh(); };
    document.addEventListener("visibilitychange", this.onseen);
    this.schedule(Number(this.getAttribute("first") ?? 0));
  }
  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onseen);
  }
  schedule(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), after);
  }
  async refresh() {
    if (!this.isConnected || document.hidden) return;
    const every = Number(this.getAttribute("every") ?? 1000);
    try {
      const answer = await fetch(this.getAttribute("src"), { headers: { accept: "text/html" } });
      const text = await answer.text();
      if (answer.ok && text !== this.known) {
        this.known = text;
        const held = this.contains(document.activeElement) ? document.activeElement.id : "";
        this.innerHTML = text;
        if (held) document.getElementById(held)?.focus();
        this.dispatchEvent(new CustomEvent("cc-changed", { bubbles: true }));
      }
    } catch { /* the server is away: ask again later */ }
    const live = this.firstElementChild?.dataset.live === "yes";
    this.schedule(live ? every : every * 5);
  }
}

// <cc-copy><template or textarea .../><button>: copies the text of the element named by `from` (an id), or fetches `src`.
class Copy extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      if (event.target.closest("button")) this.copy();
    });
  }
  async copy() {
    const from = this.getAttribute("from");
    const text = from ? (document.getElementById(from)?.value ?? document.getElementById(from)?.textContent ?? "")
      : await (await fetch(this.getAttribute("src"))).text();
    await navigator.clipboard.writeText(text);
    const said = this.querySelector("[role=status]");
    if (said) said.textContent = this.getAttribute("done") ?? "";
  }
}

customElements.define("cc-live", Live);
customElements.define("cc-copy", Copy);
