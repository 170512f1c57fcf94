// <post-composer>: a Markdown form with toolbar, keys, preview tab, pasted and dropped files. Drafts: drafts.js.
//   data-uploading, data-refused   texts; {name} is the file's name
const say = (words, tone) => document.dispatchEvent(new CustomEvent("banyan:say", { detail: { words, tone } }));
const WRAPS = { bold: ["**", "**"], italic: ["*", "*"] };
const PREFIXES = { quote: "> ", list: "- ", task: "- [ ] " };
const KEYS = { b: "bold", i: "italic", k: "link", e: "code" };

class PostComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.area = this.querySelector("[data-source]");
    this.shown = this.querySelector("[data-preview]");
    if (this.isReady || !this.area) return;
    this.isReady = true;
    this.addEventListener("click", (event) => this.press(event));
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("paste", (event) => this.takeFiles(event, event.clipboardData));
    this.area.addEventListener("dragover", (event) => this.hover(event));
    this.area.addEventListener("dragleave", () => delete this.area.dataset.over);
    this.area.addEventListener("drop", (event) => this.takeFiles(event, event.dataTransfer));
    this.querySelector("[data-files]").addEventListener("change", ({ target }) => this.chosen(target));
  }

  get token() {
    return this.form.elements.csrfmiddlewaretoken.value;
  }

  press({ target }) {
    const { mode, tool } = target.closest("[data-mode], [data-tool]")?.dataset ?? {};
    if (mode) this.switchTo(mode);
    if (tool) this.use(tool);
    if (target.closest("[data-forget-reply]")) this.replyTo(null);
  }

  key(event) {
    if (event.isComposing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.key === "Enter") this.form.requestSubmit(this.form.querySelector("[value=send]"));
    else if (KEYS[event.key]) this.use(KEYS[event.key]);
    else return;
    event.preventDefault();
  }

  // Text is inserted by execCommand where that works, so that undo knows it.
  insert(text, start = this.area.selectionStart, end = this.area.selectionEnd) {
    this.area.focus();
    this.area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) this.area.setRangeText(text, start, end, "end");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  use(tool) {
    const { selectionStart: start, selectionEnd: end, value } = this.area;
    const chosen = value.slice(start, end);
    if (tool === "attach") return this.querySelector("[data-files]").click();
    if (PREFIXES[tool]) return this.prefix(PREFIXES[tool]);
    if (tool === "link") return this.wrap(chosen, "[", "](https://)", start);
    if (tool === "code" && chosen.includes("\n")) return this.wrap(chosen, "```\n", "\n```", start);
    const [before, after] = WRAPS[tool] ?? ["`", "`"];
    this.wrap(chosen, before, after, start);
  }

  wrap(chosen, before, after, start) {
    this.insert(`${before}${chosen}${after}`);
    this.area.setSelectionRange(start + before.length, start + before.length + chosen.length);
  }

  prefix(mark) {
    const { value, selectionStart, selectionEnd } = this.area;
    const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const lines = value.slice(start, selectionEnd).split("\n");
    this.insert(lines.map((line) => mark + line).join("\n"), start, selectionEnd);
  }

  async switchTo(mode) {
    for (const tab of this.querySelectorAll("[data-mode]")) tab.setAttribute("aria-selected", tab.dataset.mode === mode);
    this.area.closest(".field").hidden = mode === "preview";
    this.shown.hidden = mode !== "preview";
    if (mode === "write") return this.area.focus();
    const body = new URLSearchParams({ source: this.area.value, csrfmiddlewaretoken: this.token });
    const response = await fetch("/posts/preview", { method: "POST", body }).catch(() => null);
    if (!response) return say(document.body.dataset.offline, "bad");
    this.shown.innerHTML = await response.text();
    this.shown.dispatchEvent(new CustomEvent("banyan:swapped", { bubbles: true }));
  }

  hover(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    this.area.dataset.over = "";
  }

  chosen(input) {
    [...input.files].forEach((file) => this.upload(file));
    input.value = "";
  }

  takeFiles(event, { files }) {
    delete this.area.dataset.over;
    if (!files.length) return;
    event.preventDefault();
    [...files].forEach((file) => this.upload(file));
  }

  // A line holds the place of the file until it is stored.
  async upload(file) {
    const line = this.dataset.uploading.replace("{name}", file.name);
    this.insert(`${line}\n`);
    const path = `/api/v1/attachments?name=${encodeURIComponent(file.name)}`;
    const headers = { "X-CSRFToken": this.token, "Content-Type": "application/octet-stream" };
    const response = await fetch(path, { method: "POST", body: file, headers }).catch(() => null);
    const facts = await response?.json().catch(() => null);
    if (!response?.ok) say(facts?.detail ?? this.dataset.refused, "bad");
    this.replace(line, response?.ok ? facts.markdown : "");
  }

  replace(line, text) {
    const at = this.area.value.indexOf(line);
    if (at < 0) return this.insert(text);
    this.area.setRangeText(text, at, at + line.length, "preserve");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // post: the element of the post to reply to, null to reply to nobody
  replyTo(post) {
    const line = this.querySelector("[data-replying]");
    this.form.elements.reply_to.value = post?.dataset.post ?? "";
    line.hidden = !post;
    if (!post) return;
    const link = line.querySelector("[data-reply-link]");
    link.href = post.dataset.path;
    link.textContent = `${post.dataset.author} #${post.dataset.number}`;
  }

  quote(post, text) {
    this.replyTo(post);
    const lines = text.trim().split("\n").map((line) => `> ${line}`.trimEnd());
    const head = `> @${post.dataset.author} [#${post.dataset.number}](${post.dataset.path})\n>\n`;
    const gap = this.area.value.trim() ? "\n\n" : "";
    this.insert(`${gap}${head}${lines.join("\n")}\n\n`, this.area.value.length, this.area.value.length);
  }
}

customElements.define("post-composer", PostComposer);
