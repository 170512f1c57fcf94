// The command palette (Ctrl K): pages by name immediately, search results shortly after.
const dialog = document.getElementById("palette");
const WAIT_MS = 160;

if (dialog) {
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const found = dialog.querySelector("[data-found]");
  const none = dialog.querySelector(".none");
  const fixed = [...list.querySelectorAll("[data-fixed]")];
  let timer;
  let latest = 0;
  let chosen = null; // selected with the arrow keys; stays selected when results arrive

  const options = () => [...list.querySelectorAll("[role=option]")].filter((option) => !option.hidden);

  function select(option) {
    for (const other of list.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option?.id ?? "");
  }

  function narrow() {
    const wanted = input.value.trim().toLowerCase();
    for (const option of fixed) option.hidden = !option.textContent.toLowerCase().includes(wanted);
    for (const group of list.querySelectorAll("[data-group]")) group.hidden = !group.parentElement.querySelector("[role=option]:not([hidden])");
    none.hidden = options().length > 0;
    select(options().find((option) => chosen && option.getAttribute("href") === chosen) ?? options()[0]);
  }

  async function ask() {
    const wanted = input.value.trim();
    const sequence = ++latest;
    if (!wanted) {
      found.replaceChildren();
      return narrow();
    }
    const response = await fetch(`/fragments/search?q=${encodeURIComponent(wanted)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (sequence !== latest || !response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    found.replaceChildren(...page.body.children);
    narrow();
  }

  input.addEventListener("input", () => {
    chosen = null;
    narrow();
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });

  dialog.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length];
      chosen = next?.getAttribute("href");
      select(next);
    } else if (event.key === "Enter" && all[at]) {
      event.preventDefault();
      all[at].click();
    }
  });

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    chosen = null;
    narrow();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      open();
    }
  });
  document.querySelectorAll("[data-palette]").forEach((button) => button.addEventListener("click", open));
}

if (/Mac|iPhone|iPad/.test(navigator.platform)) for (const key of document.querySelectorAll("kbd[data-mac]")) key.textContent = key.dataset.mac;
