// Keyboard shortcuts: a control with data-key="a" is pressed by that key, data-key="j" on a link
// follows it. Not while somebody types, not with a modifier, so no browser shortcut is taken.
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

export function startKeys(page) {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest && event.target.closest(TYPING)) return;
    if (!page.querySelector("[data-key]")) return;
    const wanted = CSS.escape(event.key.toLowerCase());
    const control = page.querySelector(`[data-key="${wanted}"]`);
    if (!control || control.disabled || control.getAttribute("aria-disabled") === "true") return;
    event.preventDefault();
    if (control.matches("a, button, input, summary")) control.click();
    else control.focus();
  });
}
