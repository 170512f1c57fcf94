// htmx and plain forms: reports errors and prevents double submission.
const say = (words, tone) => document.dispatchEvent(new CustomEvent("banyan:say", { detail: { words, tone } }));
const { failed, offline } = document.body.dataset;

document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.requestConfig?.verb === "get") return;
  const id = detail.xhr.getResponseHeader("X-Request-Id");
  say(id ? `${failed} (${id})` : failed, "bad");
});
document.addEventListener("htmx:sendError", () => say(offline, "bad"));

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog" || event.target.method === "get") return;
  const button = event.submitter;
  if (button?.matches(".button") && !button.hasAttribute("data-again")) setTimeout(() => button.setAttribute("aria-busy", "true"));
});
// After navigating back, a form can be submitted again.
addEventListener("pageshow", ({ persisted }) => persisted && document.querySelectorAll(".button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy")));

// A select or checkbox with data-submits submits its form on change; without scripts the form has a button.
document.addEventListener("change", ({ target }) => target.matches?.("[data-submits]") && target.form.requestSubmit());
