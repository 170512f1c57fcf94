// Draws ```mermaid blocks of posts in sandboxed frames of their own, which can touch nothing of the page.
// The library is loaded when the first block is seen; what it cannot draw stays as text.
const SOURCE_LIMIT = 5000;
const DIAGRAMS_LIMIT = 20;
const PATIENCE_MS = 10_000;
const MOST_PIXELS = 1600;
const frames = new Map();
let count = 0;

const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    if (count++ < DIAGRAMS_LIMIT) draw(target);
  }
}, { rootMargin: "200px" });

function draw(block) {
  const source = block.textContent;
  if (source.length > SOURCE_LIMIT) return;
  const frame = document.createElement("iframe");
  frame.className = "diagram";
  frame.title = source.trim().split(/\s/, 1)[0];
  frame.setAttribute("sandbox", "allow-scripts");
  frame.src = "/diagrams/frame";
  const timer = setTimeout(() => drop(frame), PATIENCE_MS);
  block.before(frame);
  frames.set(frame.contentWindow, { frame, block, source, timer });
}

function drop(frame) {
  frames.delete(frame.contentWindow);
  frame.remove();
}

// The frame says ready, then height or failed; messages of other windows are ignored.
addEventListener("message", ({ source: from, data }) => {
  const found = frames.get(from);
  if (!found || typeof data !== "object" || data === null) return;
  const { frame, block, source, timer } = found;
  if (data.ready) {
    const isDark = getComputedStyle(document.documentElement).colorScheme === "dark" || matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = document.documentElement.dataset.theme ?? (isDark ? "dark" : "light");
    return from.postMessage({ source, theme }, "*");
  }
  clearTimeout(timer);
  if (typeof data.height !== "number" || !(data.height > 0)) return drop(frame);
  frame.style.blockSize = `${Math.min(Math.ceil(data.height), MOST_PIXELS)}px`;
  block.hidden = true;
});

function watch(root) {
  for (const block of root.querySelectorAll(".post-text pre.mermaid:not([data-watched])")) {
    block.dataset.watched = "";
    observer.observe(block);
  }
}

watch(document);
document.addEventListener("banyan:swapped", ({ target }) => watch(target));
