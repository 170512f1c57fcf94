// Theme: system → light → dark, stored in a cookie so that the server renders the next page in it.
const ORDER = ["system", "light", "dark"];

class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.show(document.documentElement.dataset.theme || "system");
    this.button.addEventListener("click", () => this.choose(ORDER[(ORDER.indexOf(this.dataset.now) + 1) % ORDER.length]));
  }

  choose(theme) {
    const age = theme === "system" ? 0 : 31_536_000;
    document.cookie = `theme=${theme};path=/;max-age=${age};samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    this.show(theme);
    document.dispatchEvent(new CustomEvent("banyan:theme"));
  }

  show(theme) {
    this.dataset.now = theme;
    const words = this.dataset[theme];
    this.button.setAttribute("aria-label", words);
    this.button.title = words;
  }
}

customElements.define("theme-switch", ThemeSwitch);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("banyan:theme")));
