// Shows progress for forms with data-upload; without scripts the browser submits them.
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

function sizeOf(bytes) {
  let step = 0;
  while (bytes >= 1023.95 && step < UNITS.length - 1) {
    bytes /= 1024;
    step += 1;
  }
  return `${bytes.toFixed(step && bytes < 99.95 ? 1 : 0)} ${UNITS[step]}`;
}

class Upload {
  constructor(form) {
    this.form = form;
    this.box = form.querySelector("[data-upload-progress]");
    form.addEventListener("submit", (event) => this.start(event));
  }

  start(event) {
    event.preventDefault();
    if (this.request) return;
    this.request = new XMLHttpRequest();
    this.request.upload.addEventListener("progress", (progress) => this.show(progress));
    this.request.addEventListener("load", () => this.finish());
    this.request.addEventListener("error", () => this.fail());
    this.request.open("POST", this.form.action);
    this.request.send(new FormData(this.form));
    this.box.hidden = false;
    event.submitter?.setAttribute("aria-busy", "true");
    addEventListener("beforeunload", this.warn);
  }

  show({ loaded, total }) {
    this.box.querySelector("progress").value = total ? loaded / total : 0;
    this.box.querySelector(".figure").textContent = `${sizeOf(loaded)} / ${sizeOf(total)} · ${Math.floor((loaded / (total || 1)) * 100)}%`;
  }

  warn(event) {
    event.preventDefault();
  }

  // Success redirects to the folder; a refusal is a page with the form in it.
  finish() {
    removeEventListener("beforeunload", this.warn);
    if (this.request.status < 400) return location.assign(this.request.responseURL);
    const fresh = new DOMParser().parseFromString(this.request.responseText, "text/html").querySelector("form[data-upload] .alert");
    this.reset();
    if (fresh) this.form.prepend(fresh);
    else this.say();
  }

  fail() {
    removeEventListener("beforeunload", this.warn);
    this.reset();
    this.say();
  }

  reset() {
    this.request = null;
    this.box.hidden = true;
    this.form.querySelector(":scope > .alert")?.remove();
    this.form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }

  say() {
    document.dispatchEvent(new CustomEvent("banyan:say", { detail: { words: this.form.dataset.failed, tone: "bad" } }));
  }
}

document.querySelectorAll("form[data-upload]").forEach((form) => new Upload(form));
