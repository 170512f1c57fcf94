// Completes @names in composers: people of the page first, then all others.
const WORD = /(?:^|[\s(])@([A-Za-z0-9][A-Za-z0-9._-]{0,40})?$/;
const MOST = 6, PAUSE = 150;

class Completion {
  constructor(composer) {
    this.area = composer.querySelector("[data-source]");
    this.list = composer.querySelector("[data-completions]");
    this.list.id ||= `${this.area.id}-people`;
    this.area.setAttribute("aria-controls", this.list.id);
    this.area.addEventListener("input", () => this.look());
    this.area.addEventListener("keydown", (event) => this.key(event), true);
    this.area.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("mousedown", (event) => this.click(event));
  }

  get word() {
    const { value, selectionStart } = this.area;
    return value.slice(Math.max(0, selectionStart - 60), selectionStart).match(WORD)?.[1];
  }

  get names() {
    const found = [...document.querySelectorAll("[data-author]")].map((post) => post.dataset.author);
    for (const link of document.querySelectorAll(".post-text .mention")) found.push(link.textContent.slice(1));
    return [...new Set(found)];
  }

  look() {
    const { value, selectionStart } = this.area;
    const isMention = WORD.test(value.slice(Math.max(0, selectionStart - 60), selectionStart));
    const start = (this.word ?? "").toLowerCase();
    clearTimeout(this.pause);
    if (isMention && start) this.pause = setTimeout(() => this.ask(start), PAUSE);
    this.offer(isMention ? this.names : [], start);
  }

  async ask(start) {
    const response = await fetch(`/api/v1/people?limit=${MOST}&q=${encodeURIComponent(start)}`).catch(() => null);
    if (!response?.ok) return;
    const { items } = await response.json();
    if ((this.word ?? "").toLowerCase() === start) this.offer([...this.names, ...items.map((person) => person.name)], start);
  }

  offer(all, start) {
    const begun = [...new Set(all)].filter((name) => name.toLowerCase().startsWith(start));
    const names = begun.length === 1 && begun[0].toLowerCase() === start ? [] : begun;
    this.list.replaceChildren(...names.slice(0, MOST).map((name, at) => this.option(name, at)));
    this.list.hidden = !names.length;
    this.mark(0);
  }

  option(name, at) {
    const option = Object.assign(document.createElement("li"), { textContent: `@${name}`, id: `${this.list.id}-${at}` });
    option.setAttribute("role", "option");
    option.dataset.name = name;
    return option;
  }

  mark(at) {
    this.at = at;
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", index === at));
    if (this.list.hidden) this.area.removeAttribute("aria-activedescendant");
    else this.area.setAttribute("aria-activedescendant", this.list.children[at].id);
  }

  key(event) {
    if (this.list.hidden || event.isComposing) return;
    const count = this.list.children.length;
    if (event.key === "ArrowDown") this.mark((this.at + 1) % count);
    else if (event.key === "ArrowUp") this.mark((this.at + count - 1) % count);
    else if (event.key === "Enter" || event.key === "Tab") this.take(this.list.children[this.at].dataset.name);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  click(event) {
    event.preventDefault();
    const name = event.target.closest("[data-name]")?.dataset.name;
    if (name) this.take(name);
  }

  take(name) {
    const end = this.area.selectionStart;
    this.area.setRangeText(`${name} `, end - (this.word ?? "").length, end, "end");
    this.close();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  close() {
    this.list.hidden = true;
    this.mark(0);
  }
}

for (const composer of document.querySelectorAll("post-composer")) if (composer.querySelector("[data-completions]")) new Completion(composer);
