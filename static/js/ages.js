// Keeps ages current and shows times in the person's time zone, else in the browser's. Formats as in ecosystem/formats.
const { ages, timeZone } = document.documentElement.dataset;
const words = JSON.parse(ages || "{}");
const STEPS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3600], ["minute", 60]];
const isChinese = document.documentElement.lang.startsWith("zh");
const parts = new Intl.DateTimeFormat("en-US", {
  year: "numeric",
  month: isChinese ? "numeric" : "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone,
});

function format(moment, withTime = true) {
  const { year, month, day, hour, minute } = Object.fromEntries(parts.formatToParts(moment).map(({ type, value }) => [type, value]));
  const date = isChinese ? `${year}年${month}月${day}日` : `${day} ${month} ${year}`;
  return withTime ? `${date}${isChinese ? " " : ", "}${hour}:${minute}` : date;
}

function ageOf(moment) {
  const seconds = (Date.now() - moment) / 1000;
  const [name, length] = STEPS.find(([, size]) => seconds >= size) ?? ["now", 1];
  return words[name]?.replace("{n}", Math.floor(seconds / length));
}

function refresh(root = document) {
  for (const time of root.querySelectorAll("time[data-age]")) {
    const moment = new Date(time.dateTime);
    time.textContent = ageOf(moment) ?? time.textContent;
    time.title = format(moment);
  }
  for (const time of root.querySelectorAll("time[data-moment]")) {
    time.textContent = format(new Date(time.dateTime), time.dataset.moment !== "date");
  }
}

refresh();
setInterval(() => document.hidden || refresh(), 30_000);
document.addEventListener("htmx:load", ({ target }) => refresh(target));
document.addEventListener("banyan:swapped", ({ target }) => refresh(target));
