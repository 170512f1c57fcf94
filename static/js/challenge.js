// The challenge of the sign-up form is solved by a worker of our own site, in the language of the page. Where it cannot
// be solved, as over plain http, the form is sent without it.
const element = document.querySelector("altcha-widget");
const { widget, words, worker } = element.dataset;
const isChinese = document.documentElement.lang.startsWith("zh");
const LOOK = { hideFooter: true, hideLogo: true, humanInteractionSignature: false };
if (!globalThis.isSecureContext) element.remove();
else {
  await import(widget);
  if (isChinese) await import(words);
  globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(worker, { type: "module" }));
  element.addEventListener("statechange", ({ detail }) => detail.state === "error" && element.remove());
  element.configure({ language: isChinese ? "zh-cn" : "en", ...LOOK });
  // not by `auto`, which may begin before the worker is known
  element.verify();
}
