// <live-region src="…/stream">: part of a page that server-sent events keep up to date.
//   data-live="metric"           calls the element's live(data, time) for events of these kinds (separated by spaces)
//   data-live-refresh="state"    reloads the element, which needs an id, after such events
//   .live-state                  shows the connection state with the text of data-open, data-waiting or data-over
// The stream ends with an "end" event, or with the status 204. After a lost connection it resumes.
const KINDS = ["state", "log", "metric", "progress", "checkpoint", "output", "samples", "piece"];
const GATHER_MS = 250;
const REOPEN_MS = 5000;

class LiveRegion extends HTMLElement {
  connectedCallback() {
    this.address = new URL(this.getAttribute("src"), location.href);
    this.open();
  }

  open() {
    if (!this.isConnected) return;
    this.showState("waiting");
    this.source = new EventSource(this.address);
    this.source.addEventListener("open", () => this.showState("open"));
    this.source.addEventListener("error", () => this.wait());
    this.source.addEventListener("end", () => this.end());
    for (const kind of this.dataset.kinds?.split(" ") ?? KINDS) this.source.addEventListener(kind, (event) => this.take(kind, event));
  }

  disconnectedCallback() {
    this.source.close();
  }

  // The browser reconnects after a lost connection, but gives up after any status other than 200.
  async wait() {
    this.showState("waiting");
    if (this.source.readyState !== EventSource.CLOSED) return;
    const response = await fetch(this.address, { method: "HEAD" }).catch(() => null);
    if (response?.status === 204) this.end();
    else if (!response || response.ok || response.status >= 429) setTimeout(() => this.open(), REOPEN_MS);
  }

  showState(state) {
    for (const place of this.querySelectorAll(".live-state")) {
      place.dataset.state = { open: "live", waiting: "waiting", over: "over" }[state];
      place.textContent = place.dataset[state] ?? "";
    }
  }

  take(kind, event) {
    const { data, created_at: at } = JSON.parse(event.data);
    this.address.searchParams.set("after", event.lastEventId);
    for (const part of this.querySelectorAll(`[data-live~="${kind}"]`)) part.live?.(data, at);
    this.dispatchEvent(new CustomEvent(`live:${kind}`, { detail: data }));
    const stale = this.querySelectorAll(`[data-live-refresh~="${kind}"]`);
    if (stale.length) this.refreshSoon();
  }

  refreshSoon() {
    this.refreshing ??= setTimeout(() => this.refresh(), GATHER_MS);
  }

  async refresh() {
    this.refreshing = null;
    const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!response?.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live-refresh][id]")) {
      const next = fresh.getElementById(part.id);
      if (!next || next.outerHTML === part.outerHTML) continue;
      part.replaceWith(next);
      next.dispatchEvent(new CustomEvent("banyan:swapped", { bubbles: true }));
    }
  }

  end() {
    this.source.close();
    this.showState("over");
    this.refreshSoon();
  }
}

// <progress-live>: a progress bar with its text; live({step, total, phase}).
class ProgressLive extends HTMLElement {
  live({ step, total, phase }) {
    const bar = this.querySelector("progress");
    if (total) Object.assign(bar, { max: total, value: step });
    const figure = this.querySelector(".figure");
    const count = (value) => value.toLocaleString("en");
    if (figure) figure.textContent = total ? `${count(step)} / ${count(total)} · ${Math.floor((step / total) * 100)}%` : count(step);
    const name = this.querySelector(".phase");
    if (name && phase) name.textContent = phase;
  }
}

// <log-view>: a live log with follow, level filter and search; live({line, level}, time).
const LEVELS = ["debug", "info", "warning", "error"];
const LINE_LIMIT = 5000;

class LogView extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    this.follow = this.querySelector("[data-follow]");
    this.level = this.querySelector("[data-level]");
    this.search = this.querySelector("[data-find]");
    this.level?.addEventListener("change", () => this.narrow());
    this.search?.addEventListener("input", () => this.narrow());
    this.follow?.addEventListener("change", () => this.toEnd());
    this.list.addEventListener("wheel", () => this.stopAboveEnd(), { passive: true });
    this.toEnd();
  }

  live({ line, level = "info" }, at) {
    const row = document.createElement("li");
    row.className = level.toLowerCase();
    const time = Object.assign(document.createElement("time"), { dateTime: at ?? "", textContent: (at ?? "").slice(11, 19) });
    row.append(time, Object.assign(document.createElement("span"), { textContent: line }));
    row.hidden = !this.wants(row);
    this.list.append(row);
    if (this.list.children.length > LINE_LIMIT) this.list.firstElementChild.remove();
    this.toEnd();
  }

  wants(row) {
    const rank = LEVELS.findIndex((name) => row.classList.contains(name));
    const least = LEVELS.indexOf(this.level?.value);
    const words = this.search?.value.trim().toLowerCase() ?? "";
    return (rank < 0 || rank >= least) && row.textContent.toLowerCase().includes(words);
  }

  narrow() {
    for (const row of this.list.children) row.hidden = !this.wants(row);
  }

  toEnd() {
    if (this.follow?.checked ?? true) this.list.scrollTop = this.list.scrollHeight;
  }

  stopAboveEnd() {
    if (this.follow) requestAnimationFrame(() => (this.follow.checked = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40));
  }
}

// <written-samples>: tables of texts; live({title, row, column, offset, text}) goes on with one cell.
// Characters are code points; a cell that is not there yet comes with the next reload.
class WrittenSamples extends HTMLElement {
  live({ title, row, column, offset, text }) {
    const table = [...this.querySelectorAll("table")].find((one) => one.dataset.title === title);
    const place = table ? [...table.tHead.rows[0].cells].findIndex((one) => one.dataset.column === column) : -1;
    const cell = table?.tBodies[0].rows[row]?.cells[place];
    if (!cell) return this.closest("live-region")?.refreshSoon();
    cell.textContent = [...cell.textContent].slice(0, offset).join("") + text;
  }
}

customElements.define("written-samples", WrittenSamples);
customElements.define("progress-live", ProgressLive);
customElements.define("log-view", LogView);
customElements.define("live-region", LiveRegion);
