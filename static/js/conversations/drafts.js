// Keeps what one types in a post-composer[data-place] as a draft on the server, with its fields [data-draft].
// A draft that another device has saved meanwhile is offered, never overwritten.
//   data-saved, data-unsaved, data-elsewhere, data-use, data-keep   texts
const PAUSE_MS = 1200;

class Draft {
  constructor(composer) {
    this.composer = composer;
    this.area = composer.querySelector("[data-source]");
    this.state = composer.querySelector("[data-draft-state]");
    this.path = `/api/v1/drafts/${encodeURIComponent(composer.dataset.place)}`;
    this.fields = [...composer.querySelectorAll("[data-draft]")];
    this.known = this.textWith(this.area.defaultValue);
    for (const field of [this.area, ...this.fields]) {
      field.addEventListener("focus", () => this.tag === undefined && this.look(), { once: true });
      field.addEventListener("input", () => this.saveSoon());
    }
    composer.querySelector("form").addEventListener("submit", () => this.stop());
    document.addEventListener("visibilitychange", () => document.hidden && this.timer && this.save());
  }

  // Everything that is kept, as one string: two texts are the same if their strings are.
  get text() {
    return this.textWith(this.area.value);
  }

  textWith(source, data = Object.fromEntries(this.fields.map((field) => [field.name, field.value]))) {
    return JSON.stringify({ source, data });
  }

  set text(text) {
    const { source, data } = JSON.parse(text);
    this.area.value = source;
    for (const field of this.fields) field.value = data[field.name];
  }

  get headers() {
    const token = this.composer.querySelector("[name=csrfmiddlewaretoken]").value;
    return { "X-CSRFToken": token, "Content-Type": "application/json" };
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.isOver = true;
  }

  saveSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
  }

  // Reads the draft of now; one with another text than this page knows is offered.
  async look() {
    const response = await fetch(this.path, { cache: "no-store" }).catch(() => null);
    if (response?.status === 404) this.tag = null;
    if (!response?.ok) return response?.status === 404;
    this.tag = response.headers.get("ETag");
    const { source, data } = await response.json();
    const text = this.textWith(source, Object.fromEntries(this.fields.map(({ name }) => [name, data[name] ?? ""])));
    if (text === this.known || text === this.text || !source.trim()) return true;
    this.offer(text);
    return false;
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.isOver || this.isSaving || this.clash) return;
    const text = this.text;
    if (text === this.known || (this.tag === undefined && !(await this.look()))) return;
    if (this.tag === null && !(await this.look())) return;
    this.isSaving = true;
    const headers = this.tag ? { ...this.headers, "If-Match": this.tag } : this.headers;
    const facts = { method: "PUT", headers, body: text, keepalive: text.length < 15_000 };
    const response = await fetch(this.path, facts).catch(() => null);
    this.isSaving = false;
    if (this.isOver) return;
    if (response?.status === 412) return this.look();
    this.state.textContent = response?.ok ? this.composer.dataset.saved : this.composer.dataset.unsaved;
    if (!response?.ok) return;
    this.tag = response.headers.get("ETag");
    this.known = text;
    if (this.text !== text) this.saveSoon();
  }

  offer(text) {
    if (this.clash) return;
    const { elsewhere, use, keep } = this.composer.dataset;
    this.clash = Object.assign(document.createElement("div"), { className: "draft-clash" });
    this.clash.dataset.clash = "";
    this.clash.setAttribute("role", "alert");
    const button = (textContent, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent });
      made.addEventListener("click", () => this.decide(act));
      return made;
    };
    this.clash.append(
      Object.assign(document.createElement("span"), { textContent: elsewhere }),
      button(use, () => (this.text = text)),
      button(keep, () => {}),
    );
    this.area.closest(".field").before(this.clash);
    this.known = text;
  }

  decide(act) {
    act();
    this.clash.remove();
    this.clash = null;
    this.area.focus();
    this.saveSoon();
  }
}

for (const composer of document.querySelectorAll("post-composer[data-place]")) new Draft(composer);
