// A form marked data-once is sent once, however often the button is pressed.
const marked = new WeakSet();

export function startOnce(root) {
  for (const form of root.querySelectorAll("form[data-once]:not([data-upload])")) {
    if (marked.has(form)) continue;
    marked.add(form);
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    // Coming back by the browser's history finds the form usable again.
    window.addEventListener("pageshow", () => (sent = false));
  }
}
