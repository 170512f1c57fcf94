// Keys in the review queue, on the review that has the focus: x selects, a approves, t approves and trusts, c claims,
// u undoes, d selects and goes to the reasons. Moving with j and k is in keys.js.
const KEYS = { a: "approve", t: "approve_and_trust", c: "claim", u: "undo" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("textarea, select, input:not([type=checkbox])")) return;
  const review = document.activeElement?.closest("[data-review]");
  if (!review) return;
  const box = review.querySelector("input[name=ids]");
  if (event.key === "x" && box) box.checked = !box.checked;
  else if (event.key === "d" && box) {
    box.checked = true;
    document.getElementById("id_statement")?.focus();
  } else if (KEYS[event.key]) review.querySelector(`[data-act="${KEYS[event.key]}"]`)?.click();
  else return;
  event.preventDefault();
});
