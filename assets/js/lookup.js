// Matches under a field while one writes (WAI-ARIA combobox with a listbox). Without this script
// the page comes back with the matches to choose from.
const marked = new WeakSet();
const WAIT = 150;

export function startLookups(root) {
  for (const box of root.querySelectorAll('[data-module="lc-lookup"]')) {
    const input = box.querySelector("input[type=text]");
    const list = box.querySelector("[role=listbox]");
    if (!input || !list || marked.has(input)) continue;
    marked.add(input);
    attach(box, input, list);
  }
}

function attach(box, input, list) {
  const status = box.querySelector("[data-lookup-status]");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let timer = 0;
  let asked = 0;
  let at = -1;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const move = (to) => {
    const options = list.children;
    if (!options.length) return;
    at = (to + options.length) % options.length;
    for (const [n, option] of Array.from(options).entries())
      option.setAttribute("aria-selected", String(n === at));
    input.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const take = (option) => {
    input.value = option.dataset.value;
    close();
    status.textContent = "";
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const show = (found) => {
    list.replaceChildren(
      ...found.map((one, n) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${n}`;
        option.className = "lc-lookup__option";
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.value = one.label;
        option.textContent = one.label;
        if (one.detail) {
          const detail = document.createElement("span");
          detail.className = "lc-lookup__detail";
          detail.textContent = one.detail;
          option.append(" ", detail);
        }
        // The field keeps the focus: a press must not take it away before the click.
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => take(option));
        return option;
      }),
    );
    at = -1;
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    status.textContent = found.length
      ? box.dataset.found.replace("{count}", found.length)
      : box.dataset.none;
  };
  const ask = async () => {
    const words = input.value.trim();
    const turn = ++asked;
    if (!words) {
      close();
      status.textContent = "";
      return;
    }
    try {
      const address = `${box.dataset.url}?q=${encodeURIComponent(words)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok && turn === asked) show((await answer.json()).found);
    } catch {
      close(); // no connection: what was written is looked up when the page is sent
    }
  };

  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // an input method uses these keys itself
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) ask();
      else move(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      event.preventDefault();
      take(list.children[at]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", close);
}
