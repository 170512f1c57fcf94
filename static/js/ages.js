// Ages stay fresh, and full times are told in the reader's own zone.
const words = JSON.parse(document.documentElement.dataset.ages || "{}");
const STEPS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60]];
const language = document.documentElement.lang || "en";
const full = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });

function ageOf(moment) {
  const seconds = (Date.now() - moment) / 1000;
  const [name, length] = STEPS.find(([, size]) => seconds >= size) ?? ["now", 1];
  return words[name]?.replace("{n}", Math.floor(seconds / length));
}

function refresh(root = document) {
  for (const time of root.querySelectorAll("time[data-age]")) {
    const moment = new Date(time.dateTime);
    time.textContent = ageOf(moment) ?? time.textContent;
    time.title = full.format(moment);
  }
  for (const time of root.querySelectorAll("time[data-moment]")) time.textContent = clock.format(new Date(time.dateTime));
}

refresh();
setInterval(() => document.hidden || refresh(), 30_000);
document.addEventListener("htmx:load", ({ target }) => refresh(target));
document.addEventListener("banyan:swapped", ({ target }) => refresh(target));
