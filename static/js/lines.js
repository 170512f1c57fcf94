// Line anchors of files: #L10-L20 highlights a range, Shift-click selects one, y opens the permalink;
// a line on another page redirects there.
const numbers = (hash) => /^#L(\d{1,7})(?:-L?(\d{1,7}))?$/.exec(hash)?.slice(1).filter(Boolean).map(Number);

function mark(scrolls) {
  const found = numbers(location.hash);
  document.querySelectorAll(".source tr.marked").forEach((row) => row.classList.remove("marked"));
  if (!found) return;
  const [first, last] = [Math.min(...found), Math.max(...found)];
  let row = document.getElementById(`L${first}`);
  if (!row && first > 0 && first <= Number(document.querySelector(".source[data-lines]")?.dataset.lines)) {
    location.replace(`?as=text&line=${first}${location.hash}`);
    return;
  }
  if (scrolls && found.length > 1) row?.scrollIntoView({ block: "center" });
  for (let at = first; row && at <= last; at += 1, row = document.getElementById(`L${at}`)) row.classList.add("marked");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".source .line-number a[href^='#L']");
  const before = numbers(location.hash);
  if (!link || !event.shiftKey || !before) return;
  event.preventDefault();
  const ends = [before[0], numbers(link.hash)[0]].sort((one, other) => one - other);
  history.replaceState(null, "", `#L${ends[0]}-L${ends[1]}`);
  mark(false);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "y" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, textarea, select")) return;
  const link = document.querySelector("a[data-permalink]");
  if (link && !document.querySelector("dialog[open]")) history.replaceState(null, "", link.getAttribute("href") + location.hash);
});

addEventListener("hashchange", () => mark(false));
mark(true);
