// <tab-set> turns its sections, named by data-tab, into tabs; without scripts they are stacked.
let count = 0;

class TabSet extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.panels = [...this.querySelectorAll(":scope > [data-tab]")];
    this.list = Object.assign(document.createElement("div"), { className: "tabs small" });
    this.list.setAttribute("role", "tablist");
    this.list.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.panels.forEach((panel) => this.list.append(this.tabFor(panel)));
    this.prepend(this.list);
    this.list.addEventListener("keydown", (event) => this.walk(event));
    const kept = this.panels.findIndex((panel) => panel.dataset.tab === localStorage.getItem(this.key));
    this.show(Math.max(kept, 0));
  }

  get key() {
    return `tab:${this.getAttribute("name") ?? ""}`;
  }

  tabFor(panel) {
    const tab = Object.assign(document.createElement("button"), { type: "button", textContent: panel.dataset.tab, id: `tab-${++count}` });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", (panel.id ||= `panel-${count}`));
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.querySelector(":scope > .tab-name")?.remove();
    tab.addEventListener("click", () => this.show(this.panels.indexOf(panel), true));
    return tab;
  }

  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (this.at + step + this.panels.length) % this.panels.length;
    this.show(next, true);
    this.list.children[next].focus();
  }

  // Remembers a choice and makes it in all sets of the same name.
  keep(tab) {
    localStorage.setItem(this.key, tab);
    for (const other of document.querySelectorAll(`tab-set[name="${this.getAttribute("name")}"]`)) {
      const at = other.panels?.findIndex((panel) => panel.dataset.tab === tab) ?? -1;
      if (other !== this && at >= 0) other.show(at);
    }
  }

  show(at, byHand = false) {
    this.at = at;
    this.panels.forEach((panel, index) => (panel.hidden = index !== at));
    [...this.list.children].forEach((tab, index) => {
      tab.setAttribute("aria-selected", index === at);
      tab.tabIndex = index === at ? 0 : -1;
    });
    if (byHand && this.hasAttribute("name")) this.keep(this.panels[at].dataset.tab);
  }
}

customElements.define("tab-set", TabSet);

// Scrolls the current tab into view if the row is wider than the screen.
for (const open of document.querySelectorAll(".tabs > [aria-current], .side-nav [aria-current]")) {
  const row = open.closest(".tabs, .side-nav");
  const [place, bounds] = [open.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += place.left - bounds.left - (bounds.width - place.width) / 2;
}
