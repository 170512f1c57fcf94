// A link with data-reports names the content that the report dialog is about; dialogs.js opens it.
document.addEventListener("click", ({ target }) => {
  const link = target.closest("[data-reports]");
  const form = document.querySelector("[data-report-form]");
  if (link && form) form.elements.content.value = link.dataset.reports;
});
