// The conversation: says things without leaving the page, and draws answers as they arrive. Without
// this script the same forms are sent and the page of the conversation comes back.
const marked = new WeakSet();
const PIECE = "<!--/piece-->";

export function startTalk(root) {
  once(root.querySelectorAll("form[data-talk]"), (form) => {
    form.addEventListener("submit", (event) => say(form, event));
  });
  once(root.querySelectorAll("[data-talk-root]"), (talk) => {
    const words = talk.querySelector("textarea");
    words.addEventListener("keydown", (event) => {
      // While Chinese is being composed, Enter chooses a word.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      words.form.requestSubmit();
    });
    takeDrops(talk);
    toEnd(talk);
  });
  once(root.querySelectorAll("[data-talk-open]"), (opener) => {
    const panel = document.getElementById(opener.dataset.talkOpen);
    if (!panel || !panel.show) return;
    panel.addEventListener("close", () => opener.focus());
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) panel.close();
    });
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      open(panel, opener);
    });
  });
}

function once(elements, begin) {
  for (const element of elements) {
    if (marked.has(element)) continue;
    marked.add(element);
    begin(element);
  }
}

async function open(panel, opener) {
  const narrow = window.matchMedia("(max-width: 640px)").matches;
  if (!panel.open) {
    if (narrow) panel.showModal();
    else panel.show();
  }
  const body = panel.querySelector("[data-talk-body]");
  if (body.dataset.ready) {
    toEnd(body);
    body.querySelector("textarea")?.focus();
    return;
  }
  try {
    const answer = await fetch(panel.dataset.talkFrom, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    body.replaceChildren(...parse(await answer.text()));
    body.dataset.ready = "1";
    fresh(body);
    body.querySelector("textarea")?.focus();
  } catch {
    window.location.assign(opener.href);
  }
}

function say(form, event) {
  event.preventDefault();
  const talk = form.closest("[data-talk-root]");
  if (talk.dataset.sending) return;
  const composer = talk.querySelector("[data-talk-composer]");
  const data = new FormData(form, event.submitter || null);
  const told = (data.get("say") || data.get("words") || "").trim();
  const names = data.getAll("file").filter((file) => file.name).map((file) => file.name);
  if (!told && !names.length) return;
  talk.dataset.sending = "1";
  const lines = talk.querySelector("[data-talk-lines]");
  const mine = line("mine", talk.dataset.textMine, [told, ...names].filter(Boolean).join("\n"));
  lines.append(mine);
  const theirs = line("theirs", talk.dataset.textTheirs, "");
  const status = talk.querySelector("[data-talk-status]");
  status.textContent = talk.dataset.textWaiting;
  toEnd(talk);

  const request = new XMLHttpRequest();
  let drawn = 0;
  const draw = () => {
    const end = request.responseText.lastIndexOf(PIECE);
    if (request.status !== 200 || end < drawn) return;
    if (!theirs.isConnected) {
      for (const old of lines.querySelectorAll(".lc-press, .lc-ask-file")) old.remove();
      lines.append(theirs);
    }
    const part = document.createElement("div");
    part.className = "lc-chat__part";
    part.append(...parse(request.responseText.slice(drawn, end)));
    theirs.append(part);
    drawn = end + PIECE.length;
    fresh(part);
    toEnd(talk);
  };
  const lost = () => {
    mine.remove();
    status.textContent = talk.dataset.textLost;
    delete talk.dataset.sending;
    composer.querySelector("textarea").focus();
  };
  request.open("POST", form.getAttribute("action"));
  request.setRequestHeader("X-Licheng-Chat", "1");
  request.addEventListener("progress", draw);
  request.upload.addEventListener("progress", (moved) => {
    if (names.length && moved.lengthComputable)
      status.textContent = talk.dataset.textSending.replace("{percent}", Math.floor((100 * moved.loaded) / moved.total));
  });
  request.addEventListener("error", lost);
  request.addEventListener("abort", lost);
  request.addEventListener("load", () => {
    if (request.status !== 200) {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      lost();
      const why = page.querySelector("main p");
      if (why) status.textContent = why.textContent;
      return;
    }
    draw();
    if (!drawn) return lost(); // another page came: the session is over
    status.textContent = "";
    delete talk.dataset.sending;
    if (form === composer) composer.reset();
    composer.querySelector("textarea").focus({ preventScroll: true });
  });
  request.send(data);
}

function line(whose, speaker, words) {
  const item = document.createElement("li");
  item.className = `lc-chat__line lc-chat__line--${whose}`;
  const said = document.createElement("span");
  said.className = "govuk-visually-hidden";
  said.textContent = speaker;
  item.append(said);
  if (words) {
    const told = document.createElement("p");
    told.className = "lc-said";
    told.textContent = words;
    item.append(told);
  }
  return item;
}

function takeDrops(talk) {
  const input = talk.querySelector("input[type=file]");
  talk.addEventListener("dragover", (event) => {
    event.preventDefault();
    talk.classList.add("lc-chat--over");
  });
  talk.addEventListener("dragleave", () => talk.classList.remove("lc-chat--over"));
  talk.addEventListener("drop", (event) => {
    event.preventDefault();
    talk.classList.remove("lc-chat--over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.form.requestSubmit();
  });
  // A chosen file is handed over at once: there is nothing else to press.
  input.addEventListener("change", () => {
    if (input.files.length) input.form.requestSubmit();
  });
}

function parse(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  // (a copy first: the list is live, and adopting takes nodes out of it)
  return Array.from(page.body.childNodes).map((node) => document.adoptNode(node));
}

function fresh(part) {
  document.dispatchEvent(new CustomEvent("lc:fresh", { detail: part }));
}

function toEnd(talk) {
  const log = talk.querySelector("[data-talk-log]");
  log.scrollTop = log.scrollHeight;
}
