// <copy-button text="…"> or <copy-button from="#id">; by default copies the code beside it.
class CopyButton extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => this.copy());
  }

  get words() {
    if (this.hasAttribute("text")) return this.getAttribute("text");
    const source = this.hasAttribute("from") ? document.querySelector(this.getAttribute("from")) : this.closest(".code, .secret, .copyable")?.querySelector("code");
    const copy = source?.cloneNode(true);
    copy?.querySelectorAll(".gp, .go").forEach((part) => part.remove());
    return copy?.textContent.replace(/\n$/, "") ?? "";
  }

  async copy() {
    if (!(await write(this.words))) return;
    const use = this.querySelector("use");
    const before = use.getAttribute("href");
    use.setAttribute("href", before.replace("#copy", "#check"));
    this.querySelector("[role=status]").textContent = this.dataset.copied;
    setTimeout(() => {
      use.setAttribute("href", before);
      this.querySelector("[role=status]").textContent = "";
    }, 1600);
  }
}

// The clipboard API is unavailable on plain http; execCommand still works there.
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

// Rendered prose is cached for all languages, so its copy buttons are added here.
const template = document.getElementById("copy-template");
for (const box of document.querySelectorAll(".prose .code")) if (template && !box.querySelector("copy-button")) box.prepend(template.content.cloneNode(true));

customElements.define("copy-button", CopyButton);
