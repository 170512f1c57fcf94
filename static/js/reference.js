// The API reference: filters operations, opens the one that the address names, marks the current section.
const filter = document.getElementById("operation-filter");
const count = document.getElementById("operation-count");
const operations = document.getElementById("operations");
const calls = [...document.querySelectorAll("#operations .call")].map((element) => ({
  element,
  words: [element.querySelector(".body").id, element.querySelector("summary").textContent, element.closest(".group").dataset.group].join(" ").toLowerCase(),
}));

function apply() {
  const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { element, words } of calls) {
    element.hidden = !wanted.every((word) => words.includes(word));
    found += !element.hidden;
  }
  for (const group of document.querySelectorAll("#operations .group")) {
    group.hidden = !group.querySelector(".call:not([hidden])");
    for (const entry of document.querySelectorAll(`.reference-index [data-group="${group.dataset.group}"]`)) entry.hidden = group.hidden;
  }
  for (const part of operations.parentElement.children) part.hidden = wanted.length > 0 && part !== operations;
  const { one, many, none } = count.dataset;
  count.value = wanted.length ? (found === 1 ? one : found ? many.replace("{count}", found) : none) : "";
}

const shown = () => calls.filter(({ element }) => !element.hidden).map(({ element }) => element.querySelector("summary"));

filter.addEventListener("input", () => {
  apply();
  scrollTo({ top: 0 });
});
filter.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && filter.value) {
    filter.value = "";
    apply();
    event.preventDefault();
  } else if (event.key === "ArrowDown" || event.key === "Enter") {
    shown()[0]?.focus();
    event.preventDefault();
  }
});

// Up and down between operations; up from the first one leads back to the filter.
operations.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = step && event.target.matches(".call > summary") ? shown() : [];
  if (!list.length) return;
  (list[list.indexOf(event.target) + step] ?? (step < 0 ? filter : event.target)).focus();
  event.preventDefault();
});

function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.closest("[hidden]")) {
    filter.value = "";
    apply();
  }
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  (target.closest(".call, .shape") ?? target).scrollIntoView({ block: "start" });
}

// An opened operation gives the address its name, so that it can be shared.
document.addEventListener(
  "toggle",
  (event) => {
    const body = event.target.matches?.(".call[open]") && event.target.querySelector(".body");
    if (body) history.replaceState(null, "", `#${body.id}`);
  },
  true,
);

const links = [...document.querySelectorAll(".reference-index a[href^='#']")];
const sections = [...new Set(links.map((link) => link.hash.slice(1)))].map((id) => document.getElementById(id)).filter(Boolean);
const seen = new IntersectionObserver(
  (entries) => {
    const top = entries.filter((entry) => entry.isIntersecting).at(-1)?.target;
    if (!top) return;
    for (const link of links) link.hash === `#${top.id}` ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  },
  { rootMargin: "-15% 0px -80% 0px" },
);
sections.forEach((section) => seen.observe(section));

for (const index of document.querySelectorAll(".narrow-index")) index.addEventListener("click", (event) => event.target.closest("a") && (index.open = false));
addEventListener("hashchange", openTarget);
openTarget();
if (filter.value) apply();
