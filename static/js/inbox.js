// Keys in the inbox, for what is chosen, else for the notification that has the focus: x chooses, e archives,
// r and u mark as read and unread. Moving with j and k is in keys.js. After an act the next one has the focus.
const ACTS = { e: "archive", r: "read", u: "unread" };
const rows = () => [...document.querySelectorAll("[data-notification]")];
const chosen = () => rows().filter((row) => row.querySelector("input[name=ids]").checked);
const focused = () => document.activeElement?.closest("[data-notification]");
let at = -1;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("textarea, select, input:not([type=checkbox])")) return;
  if (document.querySelector("dialog[open]")) return;
  const row = focused();
  if (event.key === "x" && row) row.querySelector("input[name=ids]").click();
  else if (ACTS[event.key] && (row || chosen().length)) {
    if (!chosen().length) row.querySelector("input[name=ids]").checked = true;
    at = rows().indexOf(row ?? chosen()[0]);
    document.querySelector(`[data-inbox] button[name=act][value=${ACTS[event.key]}]`)?.click();
  } else return;
  event.preventDefault();
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-all]")) for (const row of rows()) row.querySelector("input[name=ids]").checked = target.checked;
});

document.addEventListener("htmx:afterSettle", () => {
  if (at < 0) return;
  const all = rows();
  const row = all[Math.min(at, all.length - 1)];
  (row?.querySelector("a[href]") ?? row?.querySelector("input"))?.focus();
  at = -1;
});
