// <thread-view>: windows that load in place, new posts as they come, read marks, quotes, reactions, copied links.
//   data-thread, data-last   id, and number of the newest post
//   data-read                how far the person has read; absent for anonymous readers
//   data-copied              text
const say = (words, tone) => document.dispatchEvent(new CustomEvent("banyan:say", { detail: { words, tone } }));
const POLL_MS = 5000;
const STREAM_AGAIN_MS = 60_000;
const MARK_MS = 1500;

class ThreadView extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.list = this.querySelector("[data-posts]");
    this.read = this.hasAttribute("data-read") ? Number(this.dataset.read) : null;
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("submit", (event) => this.react(event));
    document.addEventListener("selectionchange", () => this.offerQuote());
    this.watcher = new IntersectionObserver((entries) => this.see(entries), { threshold: 0.5 });
    this.watch();
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    this.open();
  }

  disconnectedCallback() {
    this.close();
    this.watcher.disconnect();
  }

  get last() {
    return Math.max(0, ...[...this.list.querySelectorAll("[data-number]")].map((post) => Number(post.dataset.number)));
  }

  // Whether the newest posts are on the page; in the middle of a thread nothing is appended.
  get isAtEnd() {
    return !this.list.querySelector(":scope > [rel=next]");
  }

  get token() {
    return this.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  // --- clicks

  async click(event) {
    const target = event.target;
    const more = target.closest("[data-window]");
    const link = target.closest("[data-permalink]");
    const reply = target.closest("[data-reply]");
    if (event.ctrlKey || event.metaKey || event.shiftKey || !(more || link || reply)) return;
    if (reply && !this.querySelector("post-composer")) return;
    event.preventDefault();
    if (more) return this.load(more);
    if (link) return this.copy(link);
    const composer = this.querySelector("post-composer");
    composer.replyTo(reply.closest("[data-post]"));
    composer.area.focus();
    composer.scrollIntoView({ block: "nearest" });
  }

  async copy(link) {
    history.replaceState(null, "", link.href);
    const done = await navigator.clipboard?.writeText(link.href).then(() => true, () => false);
    if (done) say(this.dataset.copied, "good");
  }

  async fetchHtml(path) {
    const response = await fetch(path, { headers: { "HX-Request": "true" } }).catch(() => null);
    return response?.ok ? response.text() : null;
  }

  // Earlier posts appear above without moving what one reads.
  async load(link) {
    link.setAttribute("aria-busy", "true");
    const html = await this.fetchHtml(link.dataset.window);
    link.removeAttribute("aria-busy");
    if (html === null) return location.assign(link.href);
    const below = link.rel === "prev" ? link.nextElementSibling : null;
    const top = below?.getBoundingClientRect().top;
    const added = this.parse(html);
    link.replaceWith(...added);
    if (below) scrollBy(0, below.getBoundingClientRect().top - top);
    this.watch();
    this.tell();
    if (this.isAtEnd) this.open();
  }

  parse(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    return [...fresh.body.children].filter((one) => !one.id || !this.list.querySelector(`#${CSS.escape(one.id)}`)).map((one) => document.adoptNode(one));
  }

  tell() {
    this.list.dispatchEvent(new CustomEvent("banyan:swapped", { bubbles: true }));
  }

  async react(event) {
    const form = event.target.closest("[data-reactions]");
    if (!form) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
    if (!response?.ok) return say(response ? document.body.dataset.failed : document.body.dataset.offline, "bad");
    const [fresh] = new DOMParser().parseFromString(await response.text(), "text/html").body.children;
    const post = form.closest("[data-post]");
    post.querySelector(":scope > footer").replaceWith(fresh.querySelector(":scope > footer"));
    this.tell();
  }

  // --- quotes of selected text

  offerQuote() {
    const selection = getSelection();
    const text = selection.toString().trim();
    const node = selection.anchorNode;
    const post = (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-text]")?.closest("[data-post][data-number]");
    const isWithin = post && post.contains(selection.focusNode) && this.contains(post);
    this.quoteButton?.remove();
    this.quoteButton = null;
    if (!text || !isWithin || !post.querySelector("[data-reply]") || !this.querySelector("post-composer")) return;
    const label = post.querySelector("[data-reply]").cloneNode(true);
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small quote-selection" });
    button.append(...label.childNodes);
    const place = selection.getRangeAt(0).getBoundingClientRect();
    document.body.append(button);
    button.style.insetBlockStart = `${place.bottom + scrollY + 6}px`;
    button.style.insetInlineStart = `${place.left + scrollX}px`;
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      const composer = this.querySelector("post-composer");
      composer.quote(post, text);
      button.remove();
      composer.scrollIntoView({ block: "nearest" });
    });
    this.quoteButton = button;
  }

  // --- how far one has read

  watch() {
    if (this.read === null) return;
    for (const post of this.list.querySelectorAll("[data-number]:not([data-watched])")) {
      post.dataset.watched = "";
      this.watcher.observe(post);
    }
  }

  see(entries) {
    const seen = entries.filter((entry) => entry.isIntersecting || entry.boundingClientRect.bottom < 0);
    const most = Math.max(0, ...seen.map((entry) => Number(entry.target.dataset.number)));
    if (document.hidden || most <= this.read) return;
    this.read = most;
    this.marking ??= setTimeout(() => this.mark(), MARK_MS);
  }

  mark() {
    this.marking = null;
    const body = new URLSearchParams({ number: this.read, csrfmiddlewaretoken: this.token });
    fetch(`/threads/${this.dataset.thread}/read`, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true }).catch(() => {});
    for (const post of this.list.querySelectorAll("[data-unread]")) if (Number(post.dataset.number) <= this.read) delete post.dataset.unread;
  }

  // --- new posts: a stream, or every few seconds if no stream is free

  open() {
    if (this.source || this.poll || document.hidden || !this.isConnected || !this.isAtEnd) return;
    const number = Math.max(this.last, Number(this.dataset.last));
    this.source = new EventSource(`/api/v1/threads/${this.dataset.thread}/stream?after=${number}`);
    this.source.addEventListener("open", () => (this.dataset.live = "stream"));
    this.source.addEventListener("post", () => this.append());
    this.source.addEventListener("end", () => this.close());
    this.source.addEventListener("error", () => this.source?.readyState === EventSource.CLOSED && this.pollFor(STREAM_AGAIN_MS));
  }

  close() {
    this.source?.close();
    clearInterval(this.poll);
    this.source = this.poll = null;
    delete this.dataset.live;
  }

  pollFor(time) {
    this.close();
    this.dataset.live = "poll";
    const end = Date.now() + time;
    this.poll = setInterval(() => {
      this.append();
      if (Date.now() < end) return;
      this.close();
      this.open();
    }, POLL_MS);
  }

  async append() {
    if (this.appending) return (this.again = true);
    this.appending = true;
    const number = this.last;
    const html = await this.fetchHtml(`/threads/${this.dataset.thread}/posts?after=${number}`);
    this.appending = false;
    const added = html && this.isAtEnd ? this.parse(html) : [];
    for (const one of added) one.classList.add("fresh");
    this.list.append(...added);
    if (added.length) {
      this.watch();
      this.tell();
    }
    if (this.again) {
      this.again = false;
      this.append();
    }
  }
}

customElements.define("thread-view", ThreadView);
