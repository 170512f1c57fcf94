// The challenge of the sign-up form is solved by a worker of our own site, in the language of the page.
const element = document.querySelector("altcha-widget");
const { widget, words, worker } = element.dataset;
const isChinese = document.documentElement.lang.startsWith("zh");
await import(widget);
if (isChinese) await import(words);
globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(worker, { type: "module" }));
element.configure({ language: isChinese ? "zh-cn" : "en", humanInteractionSignature: false });
