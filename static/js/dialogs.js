// Dialogs open with [data-opens="id"] and close with [data-closes] or a click outside. Toasts disappear, except errors.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  if (event.target.matches("dialog") && isOutside(event)) event.target.close();
  event.target.closest("[data-dismiss]")?.closest(".toast, .alert")?.remove();
});

function isOutside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

// Enables a dangerous action once the name in data-arms has been typed.
document.addEventListener("input", ({ target }) => {
  if (!target.matches?.("input[data-arms]")) return;
  const button = target.form?.querySelector("[data-armed]");
  if (button) button.disabled = target.value !== target.dataset.arms;
});
for (const input of document.querySelectorAll("input[data-arms]")) input.dispatchEvent(new Event("input", { bubbles: true }));

const STAY_MS = 6000;
function leaveLater(toast) {
  if (!toast.matches(".bad, .warn")) setTimeout(() => toast.matches(":hover") || toast.remove(), STAY_MS);
}
document.querySelectorAll(".toast").forEach(leaveLater);

function say(words, tone = "info") {
  const template = document.querySelector(`template[data-toast="${tone}"]`);
  const stack = document.querySelector(".toasts");
  if (!template || !stack) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  toast.querySelector(".text").textContent = words;
  stack.append(toast);
  leaveLater(toast);
}
document.addEventListener("banyan:say", ({ detail }) => say(detail.words, detail.tone));
