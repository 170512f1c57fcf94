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
  const form = element.closest("form");
  let isWaiting = false;
  // who sends the form before the challenge is solved does not have to do it again
  form.addEventListener(
    "invalid",
    (event) => {
      if (!element.contains(event.target)) return;
      event.preventDefault();
      isWaiting = true;
    },
    true,
  );
  element.addEventListener("statechange", async ({ detail }) => {
    if (detail.state === "error") element.remove();
    if (!isWaiting || !["error", "verified"].includes(detail.state)) return;
    isWaiting = false;
    await new Promise(requestAnimationFrame);
    form.requestSubmit();
  });
  element.configure({ language: isChinese ? "zh-cn" : "en", ...LOOK });
  // not by `auto`, which may begin before the worker is known
  element.verify();
}
