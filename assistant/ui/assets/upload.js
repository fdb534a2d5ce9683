// <cc-drop case="x" conversation="3" over="talk" data-files="Add files" …>: takes files and folders, chosen or dropped,
// and sends them one after the other to our own upload routes. What it says comes from data- attributes, which the
// server has put into words. Without script the plain form inside it is used.
//
// An upload belongs to the tab, not to the element: the page may be drawn again around it. `running` keeps it, and
// every element of the same case and conversation shows it.

const running = new Map(); // "case/conversation" -> Sending, the last one
const queues = new Map(); // the same -> a promise that is kept when all uploads so far are over
const watchers = new Map(); // the same -> functions of the elements that show it
const AGAIN_AFTER = [500, 2000]; // milliseconds before a file that did not get through is sent again

class Sending {
  constructor(key, address, conversation) {
    this.key = key;
    this.address = address; // /case/x/uploads
    this.conversation = conversation;
    this.total = 0;
    this.sent = 0;
    this.name = "";
    this.state = "looking"; // looking, sending, stopped, sent, lost
    this.why = "";
    this.stopped = new AbortController();
  }
  tell() { for (const watcher of watchers.get(this.key) ?? []) watcher(); }
  get over() { return this.state === "stopped" || this.state === "sent" || this.state === "lost"; }

  async run(gather) {
    try {
      const found = await gather();
      if (this.stopped.signal.aborted) return;
      this.total = found.reduce((sum, one) => sum + one.file.size, 0);
      this.state = "sending";
      this.tell();
      const batch = await this.ask("", { conversation: this.conversation, title: titleOf(found),
        files: found.map((one) => ({ name: one.name, size: one.file.size })) });
      this.batch = batch.upload;
      if (this.stopped.signal.aborted) {
        await this.forget();
        return;
      }
      document.dispatchEvent(new Event("cc-changed"));
      for (const [place, one] of found.entries()) await this.send(batch.files[place].id, one);
      await this.ask(`/${this.batch}/complete`, {});
      this.state = "sent";
    } catch (error) {
      if (!this.stopped.signal.aborted) {
        this.state = "lost";
        this.why = error.message;
        await this.forget();
      }
    } finally {
      this.tell();
      document.dispatchEvent(new Event("cc-changed"));
    }
  }

  async send(id, one) {
    this.name = one.name;
    const before = this.sent;
    for (const wait of [...AGAIN_AFTER, null]) {
      try {
        await this.put(`${this.address}/${this.batch}/files/${id}?modified=${(one.file.lastModified || 0) / 1000}`, one.file,
          (loaded) => { this.sent = before + loaded; this.tell(); });
        this.sent = before + one.file.size;
        this.tell();
        return;
      } catch (error) {
        this.sent = before;
        if (this.stopped.signal.aborted || error.final || wait === null) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  put(address, file, progress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // fetch tells no progress of what is sent
      const stop = () => request.abort();
      this.stopped.signal.addEventListener("abort", stop, { once: true });
      request.open("PUT", address);
      request.setRequestHeader("accept", "application/json");
      request.setRequestHeader("content-type", "application/octet-stream");
      request.upload.addEventListener("progress", (event) => progress(event.loaded));
      request.addEventListener("loadend", () => {
        this.stopped.signal.removeEventListener("abort", stop);
        if (request.status === 200) resolve();
        else reject(refusal(request.status, request.responseText));
      });
      request.send(file);
    });
  }

  async ask(path, body) {
    const answer = await fetch(this.address + path, { method: "POST", body: JSON.stringify(body),
      headers: { "content-type": "application/json", accept: "application/json" } });
    const text = await answer.text();
    if (!answer.ok) throw refusal(answer.status, text);
    return JSON.parse(text);
  }

  async stop() {
    if (this.over) return;
    this.state = "stopped";
    this.stopped.abort();
    this.tell();
    await this.forget();
    document.dispatchEvent(new Event("cc-changed"));
  }

  async forget() {
    if (this.batch === undefined || this.forgotten) return;
    this.forgotten = true;
    try {
      await fetch(`${this.address}/${this.batch}/cancel`, { method: "POST", redirect: "manual" });
    } catch { /* the server is away; it forgets what did not arrive whole when it starts */ }
  }
}

function refusal(status, text) {
  let words = "";
  try { words = JSON.parse(text).error; } catch { /* no words of ours */ }
  const error = new Error(words || (status ? String(status) : "…"));
  error.final = status >= 400;
  return error;
}

function titleOf(found) {
  const tops = new Set(found.map((one) => one.name.split("/")[0]));
  return tops.size === 1 && found.length > 1 ? [...tops][0] : "";
}

// Everything that was dropped, folders to their last level. A folder gives its entries in batches until one is empty.
async function dropped(entries, plain) {
  if (!entries.length) return plain;
  const found = [];
  const waiting = [...entries].reverse();
  while (waiting.length) {
    const entry = waiting.pop();
    if (entry.isFile) {
      found.push({ name: entry.fullPath.replace(/^\/+/, ""), file: await new Promise((yes, no) => entry.file(yes, no)) });
    } else if (entry.isDirectory) {
      const reader = entry.createReader();
      const inside = [];
      for (;;) {
        const some = await new Promise((yes, no) => reader.readEntries(yes, no));
        if (!some.length) break;
        inside.push(...some);
      }
      waiting.push(...inside.sort((a, b) => (a.name < b.name ? 1 : -1)));
    }
  }
  return found;
}

const chosen = (files) => [...files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));

class Drop extends HTMLElement {
  connectedCallback() {
    this.key = `${this.getAttribute("case")}/${this.getAttribute("conversation") ?? ""}`;
    if (!this.zone) this.build();
    this.redraw = () => this.draw();
    if (!watchers.has(this.key)) watchers.set(this.key, new Set());
    watchers.get(this.key).add(this.redraw);
    this.listen(this, true);
    const over = this.getAttribute("over");
    this.around = over ? document.getElementById(over) : null;
    if (this.around) this.listen(this.around, true);
    this.draw();
  }
  disconnectedCallback() {
    watchers.get(this.key)?.delete(this.redraw);
    this.listen(this, false);
    if (this.around) this.listen(this.around, false);
  }

  build() {
    const make = (tag, name, text) => {
      const element = document.createElement(tag);
      if (name) element.className = name;
      if (text) element.textContent = text;
      return element;
    };
    this.zone = make("div", "drop-zone");
    const row = make("div", "pages");
    for (const [label, folder] of [[this.dataset.files, false], [this.dataset.folder, true]]) {
      const input = make("input");
      input.type = "file";
      input.multiple = true;
      input.hidden = true;
      input.webkitdirectory = folder;
      input.addEventListener("change", () => {
        const files = chosen(input.files);
        input.value = "";
        if (files.length) this.begin(async () => files);
      });
      const button = make("button", "quiet small", label);
      button.type = "button";
      button.addEventListener("click", () => input.click());
      row.append(button, input);
    }
    row.append(make("span", "quiet-text", this.dataset.hint));
    this.bar = make("progress");
    this.bar.setAttribute("aria-label", this.dataset.progress);
    this.said = make("p", "quiet-text");
    this.said.setAttribute("role", "status");
    this.end = make("button", "danger small", this.dataset.stop);
    this.end.type = "button";
    this.end.addEventListener("click", () => running.get(this.key)?.stop());
    this.zone.append(row, this.bar, this.said, this.end);
    this.replaceChildren(this.zone);
  }

  listen(target, on) {
    this.handlers ??= {
      dragover: (event) => { if (holdsFiles(event)) { event.preventDefault(); this.zone.classList.add("over"); } },
      dragleave: () => this.zone.classList.remove("over"),
      drop: (event) => {
        if (!holdsFiles(event) || event.defaultPrevented) return;
        event.preventDefault();
        this.zone.classList.remove("over");
        // both must be read before the event is over
        const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
        const plain = chosen(event.dataTransfer.files);
        this.begin(() => dropped(entries, plain));
      },
    };
    for (const [name, handler] of Object.entries(this.handlers)) {
      if (on) target.addEventListener(name, handler);
      else target.removeEventListener(name, handler);
    }
  }

  // A second upload waits until the first has been sent: they go one after the other, each a batch of its own.
  begin(gather) {
    const gathered = gather(); // now: the browser forgets what was dropped
    gathered.catch(() => {}); // told by the run
    const { key } = this;
    const conversation = this.getAttribute("conversation");
    const next = async () => {
      const sending = new Sending(key, `/case/${this.getAttribute("case")}/uploads`, conversation === null ? null : Number(conversation));
      running.set(key, sending);
      sending.tell();
      await sending.run(() => gathered);
    };
    queues.set(key, (queues.get(key) ?? Promise.resolve()).then(next));
  }

  draw() {
    const sending = running.get(this.key);
    const busy = sending !== undefined && !sending.over;
    this.bar.hidden = this.end.hidden = !busy;
    this.said.hidden = sending === undefined;
    if (!sending) return;
    if (sending.total) {
      this.bar.max = sending.total;
      this.bar.value = sending.sent;
    } else {
      this.bar.removeAttribute("value");
    }
    const words = this.dataset[sending.state];
    const detail = { sending: sending.name, lost: sending.why }[sending.state] ?? "";
    const text = detail ? `${words} ${detail}` : words;
    if (this.said.textContent !== text) this.said.textContent = text;
  }
}

const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

window.addEventListener("beforeunload", (event) => {
  if ([...running.values()].some((sending) => !sending.over)) event.preventDefault();
});

customElements.define("cc-drop", Drop);
