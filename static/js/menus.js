// <details class="menu">: one open at a time, closed by Escape or a click outside, navigated by arrow keys.
const items = (menu) => [...menu.querySelectorAll(".menu-list :is(a[href], button, input, select)")].filter((item) => item.offsetParent);

document.addEventListener("toggle", ({ target }) => {
  if (!target.matches?.("details.menu") || !target.open) return;
  for (const other of document.querySelectorAll("details.menu[open]")) if (other !== target && !other.contains(target)) other.open = false;
}, true);

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.matches("select, textarea")) {
    const all = items(menu);
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = all.indexOf(document.activeElement);
    (all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length])?.focus();
    event.preventDefault();
  }
});
