// Warns before a page with unsent changes is left.
const marked = new WeakSet();

export function startUnsaved(root) {
  for (const form of root.querySelectorAll("form[data-unsaved]")) {
    if (marked.has(form)) continue;
    marked.add(form);
    let changed = false;
    form.addEventListener("input", () => (changed = true));
    form.addEventListener("submit", () => (changed = false));
    form.addEventListener("lc:lost", () => (changed = true));
    window.addEventListener("beforeunload", (event) => {
      if (changed) event.preventDefault();
    });
  }
}
