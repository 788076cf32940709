// Warns before a page with unsent changes is left.
const marked = new WeakSet();

export function startUnsaved(root) {
  for (const form of root.querySelectorAll("form[data-unsaved]")) {
    if (marked.has(form)) continue;
    marked.add(form);
    // A page that came back with errors holds words that are not kept yet.
    const page = form.closest("main");
    let changed = Boolean(page && page.querySelector(".govuk-error-summary"));
    form.addEventListener("input", () => (changed = true));
    form.addEventListener("submit", () => (changed = false));
    form.addEventListener("lc:kept", () => (changed = false));
    form.addEventListener("lc:lost", () => (changed = true));
    window.addEventListener("beforeunload", (event) => {
      if (changed) event.preventDefault();
    });
  }
}
