// Copies a value to take to another page. A frame of an LMS often has no right to the clipboard
// (Moodle grants none): then the text is selected, and the page says which keys copy it.
const marked = new WeakSet();

export function startCopies(root) {
  for (const part of root.querySelectorAll("[data-copy]")) {
    if (marked.has(part)) continue;
    marked.add(part);
    const value = part.querySelector("[data-copy-value]");
    const button = part.querySelector("[data-copy-button]");
    const told = part.querySelector("[data-copy-told]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      value.focus();
      value.select();
      told.textContent = (await copied(value.value)) ? part.dataset.copied : part.dataset.selected;
    });
  }
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or no clipboard on plain http: the older way works on what is selected.
    try {
      return document.execCommand("copy");
    } catch {
      return false;
    }
  }
}
