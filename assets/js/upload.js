// Sends a form with files and shows how far it is. Without this script the browser sends the same
// form by itself. A lost connection leaves the page, and all that was typed, as it is.
const marked = new WeakSet();

export function startUploads(root) {
  for (const form of root.querySelectorAll("form[data-upload]")) {
    if (marked.has(form)) continue;
    marked.add(form);
    form.addEventListener("submit", (event) => send(form, event));
  }
}

function send(form, event) {
  event.preventDefault();
  if (form.dataset.sending) return;
  const status = form.querySelector("[data-upload-status]");
  if (tooLarge(form)) {
    tell(status, form.dataset.textTooLarge);
    return;
  }
  const box = form.querySelector("[data-upload-box]");
  const text = form.querySelector("[data-upload-text]");
  const bar = box.querySelector("progress");
  form.dataset.sending = "1";
  status.textContent = "";
  box.hidden = false;

  const request = new XMLHttpRequest();
  request.open("POST", form.getAttribute("action") || window.location.href);
  request.setRequestHeader("X-Licheng-Upload", "1");
  request.upload.addEventListener("progress", (moved) => {
    if (!moved.lengthComputable) return;
    const percent = Math.floor((100 * moved.loaded) / moved.total);
    bar.value = percent;
    text.textContent =
      percent < 100
        ? form.dataset.textSending.replace("{percent}", percent)
        : form.dataset.textArrived;
  });
  const lost = () => {
    delete form.dataset.sending;
    box.hidden = true;
    tell(status, form.dataset.textLost);
    form.dispatchEvent(new Event("lc:lost"));
  };
  request.addEventListener("error", lost);
  request.addEventListener("timeout", lost);
  request.addEventListener("abort", lost);
  request.addEventListener("load", () => arrive(form, request));
  request.send(new FormData(form, event.submitter || null));
}

function arrive(form, request) {
  // forms/uploads.py answers a redirect with its address, so that the next page (and its
  // message) is fetched once, by the browser itself.
  const next = request.getResponseHeader("X-Licheng-Location");
  if (next) {
    window.location.assign(next);
    return;
  }
  delete form.dataset.sending;
  const answer = new DOMParser().parseFromString(request.responseText, "text/html");
  const fresh = answer.querySelector("main");
  const shown = document.querySelector("main");
  if (!fresh || !shown) {
    form.dispatchEvent(new Event("lc:lost"));
    tell(form.querySelector("[data-upload-status]"), form.dataset.textLost);
    return;
  }
  document.title = answer.title;
  shown.replaceWith(document.adoptNode(fresh));
  document.dispatchEvent(new CustomEvent("lc:fresh", { detail: fresh }));
  fresh.scrollIntoView();
}

function tooLarge(form) {
  return Array.from(form.querySelectorAll("input[type=file][data-max-bytes]")).some((input) =>
    Array.from(input.files).some((file) => file.size > Number(input.dataset.maxBytes)),
  );
}

function tell(status, words) {
  const message = document.createElement("div");
  message.className = "lc-message lc-message--error";
  const line = document.createElement("p");
  line.textContent = words;
  message.append(line);
  status.replaceChildren(message);
}
