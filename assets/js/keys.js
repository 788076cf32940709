// Keyboard shortcuts: a control with data-key="a" is pressed by that key, data-key="j" on a link
// follows it. Not while somebody types, not with a modifier (no browser shortcut is taken), not
// while a dialog is open, and not again by a key that is held down. A page whose reader switched
// shortcuts off has no data-key at all (WCAG 2.1.4).
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
const PLAYING = "audio, video"; // their own keys belong to them

export function startKeys(page) {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const inside = (selector) => event.target.closest && event.target.closest(selector);
    if (inside(TYPING)) {
      if (event.key === "Escape") event.target.blur(); // then the keys work again
      return;
    }
    if (event.repeat || inside(PLAYING) || page.querySelector("dialog[open]")) return;
    if (!page.querySelector("[data-key]")) return;
    const wanted = CSS.escape(event.key.toLowerCase());
    const control = page.querySelector(`[data-key="${wanted}"]`);
    if (!control || control.disabled || control.getAttribute("aria-disabled") === "true") return;
    event.preventDefault();
    if (control.matches("a, button, input, summary")) control.click();
    else control.focus();
  });
}
