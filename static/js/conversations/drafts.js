// Keeps what one types in a post-composer[data-place] as a draft on the server.
// A draft that another device has saved meanwhile is offered, never overwritten.
//   data-saved, data-unsaved, data-elsewhere, data-use, data-keep   texts
const PAUSE_MS = 1200;

class Draft {
  constructor(composer) {
    this.composer = composer;
    this.area = composer.querySelector("[data-source]");
    this.state = composer.querySelector("[data-draft-state]");
    this.path = `/api/v1/drafts/${encodeURIComponent(composer.dataset.place)}`;
    this.known = this.area.defaultValue;
    this.area.addEventListener("focus", () => this.look(), { once: true });
    this.area.addEventListener("input", () => this.saveSoon());
    composer.querySelector("form").addEventListener("submit", () => this.stop());
    document.addEventListener("visibilitychange", () => document.hidden && this.timer && this.save());
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
    const { source } = await response.json();
    if (source === this.known || source === this.area.value || !source.trim()) return true;
    this.offer(source);
    return false;
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.isOver || this.isSaving || this.clash) return;
    const source = this.area.value;
    if (source === this.known || (this.tag === undefined && !(await this.look()))) return;
    if (this.tag === null && !(await this.look())) return;
    this.isSaving = true;
    const headers = this.tag ? { ...this.headers, "If-Match": this.tag } : this.headers;
    const facts = { method: "PUT", headers, body: JSON.stringify({ source }), keepalive: source.length < 15_000 };
    const response = await fetch(this.path, facts).catch(() => null);
    this.isSaving = false;
    if (this.isOver) return;
    if (response?.status === 412) return this.look();
    this.state.textContent = response?.ok ? this.composer.dataset.saved : this.composer.dataset.unsaved;
    if (!response?.ok) return;
    this.tag = response.headers.get("ETag");
    this.known = source;
    if (this.area.value !== source) this.saveSoon();
  }

  offer(source) {
    if (this.clash) return;
    const { elsewhere, use, keep } = this.composer.dataset;
    this.clash = Object.assign(document.createElement("div"), { className: "draft-clash" });
    this.clash.dataset.clash = "";
    this.clash.setAttribute("role", "alert");
    const button = (text, act) => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: text });
      made.addEventListener("click", () => this.decide(act));
      return made;
    };
    this.clash.append(
      Object.assign(document.createElement("span"), { textContent: elsewhere }),
      button(use, () => (this.area.value = source)),
      button(keep, () => {}),
    );
    this.area.closest(".field").before(this.clash);
    this.known = source;
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
