// A teacher's desk: words put into the reason, help for the keys, and files that cannot be shown.
const marked = new WeakSet();

function once(elements, begin) {
  for (const element of elements) {
    if (marked.has(element)) continue;
    marked.add(element);
    begin(element);
  }
}

export function startDesk(root) {
  once(root.querySelectorAll("[data-insert]"), (button) => {
    button.addEventListener("click", (event) => {
      const field = document.getElementById(button.dataset.insert);
      if (!field) return;
      event.preventDefault();
      const words = button.dataset.words;
      field.value = field.value.trim() ? `${field.value.trimEnd()}\n${words}` : words;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  });
  once(root.querySelectorAll("[data-focuses]"), (button) => {
    button.addEventListener("click", () => document.getElementById(button.dataset.focuses)?.focus());
  });
  once(root.querySelectorAll("[data-opens]"), (button) => {
    button.addEventListener("click", () => document.getElementById(button.dataset.opens)?.showModal());
  });
  once(root.querySelectorAll("[data-closes]"), (button) => {
    button.addEventListener("click", () => button.closest("dialog").close());
  });
  once(root.querySelectorAll("[data-viewer]"), (viewer) => {
    const failed = viewer.querySelector("[data-viewer-failed]");
    // `error` does not bubble, so it is caught on its way down.
    viewer.addEventListener("error", () => (failed.hidden = false), true);
  });
}
