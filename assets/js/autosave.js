// Keeps a step of a wizard while somebody is writing it. A file is sent as soon as it is chosen,
// with the bar that shows how far it is. Without this script the buttons of the page do the same.
import { whenSettled } from "./settle.js";

const marked = new WeakSet();
const WAIT = 1200;

export function startAutosave(root) {
  for (const form of root.querySelectorAll("form[data-autosave]")) {
    if (marked.has(form)) continue;
    marked.add(form);
    attach(form);
  }
}

function attach(form) {
  const status = form.querySelector("[data-autosave-status]");
  const tell = (words) => {
    if (status) status.textContent = words;
  };
  const save = async () => {
    if (form.dataset.sending) return;
    const data = new FormData(form);
    for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
    try {
      const answer = await fetch(form.getAttribute("action") || window.location.href, {
        method: "POST",
        body: data,
        headers: { "X-Licheng-Autosave": "1" },
        redirect: "manual",
      });
      if (answer.status !== 204) throw new Error(String(answer.status));
      const now = new Date();
      const pad = (n) => String(n).padStart(2, "0");
      tell(form.dataset.textSaved.replace("{time}", `${pad(now.getHours())}:${pad(now.getMinutes())}`));
      form.dispatchEvent(new Event("lc:kept"));
    } catch {
      tell(form.dataset.textNotSaved);
    }
  };
  whenSettled(form, WAIT, save);
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file" || !event.target.files.length) return;
    const button = form.querySelector("button[data-stay]");
    if (!button) return;
    button.value = event.target.name;
    form.requestSubmit(button);
  });
}
