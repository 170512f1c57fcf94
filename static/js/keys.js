// Keyboard shortcuts outside fields: / search, ? help, g and a letter to navigate, j and k in lists.
const typing = (target) => target.isContentEditable || target.matches?.("input, textarea, select");
let wentAt = 0;

function go(letter) {
  const link = document.querySelector(`a[data-key="g ${letter}"]`);
  if (link) location.assign(link.href);
}

function step(by) {
  const list = [...document.querySelectorAll("[data-list] :is(.repo-card, .repo-lines > li, [data-review], tbody > tr)")].filter((row) => row.querySelector("a[href]"));
  if (!list.length) return;
  const at = list.findIndex((row) => row.contains(document.activeElement));
  const next = list[Math.min(Math.max(at + by, 0), list.length - 1)];
  next.querySelector("a[href]").focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const after = Date.now() - wentAt < 1500;
  wentAt = 0;
  if (after && /^[a-z]$/.test(event.key)) go(event.key);
  else if (event.key === "g") wentAt = Date.now();
  else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (event.key === "/") {
    const field = [...document.querySelectorAll("[data-search]")].find((input) => input.offsetParent);
    if (field) field.focus();
    else document.querySelector("[data-palette]")?.click();
    event.preventDefault();
  }
});
