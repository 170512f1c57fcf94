// The form of a new topic: the template of the chosen category fills a text that nobody has typed.
const category = document.querySelector("#id_category");
const area = document.querySelector("post-composer [data-source]");
let template = area?.value ?? "";

async function fill() {
  const response = await fetch(`/api/v1/forum/categories/${encodeURIComponent(category.value)}`).catch(() => null);
  if (!response?.ok) return;
  const chosen = (await response.json()).template ?? "";
  if (area.value.trim() && area.value !== template) return;
  area.value = template = chosen;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

category?.addEventListener("change", fill);
